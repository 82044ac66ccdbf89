"""Django's own administration site, in Japanese, over one table of an office: `office.py DATABASE`.

Prints its address once it listens. Nothing of the pages is written here; they are what `pip install django` brings.
"""

import os
import socketserver
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import django
from django.conf import settings

sys.modules.setdefault("office", sys.modules[__name__])

settings.configure(
    SECRET_KEY="a story's own",
    DEBUG=True,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="office",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
    LANGUAGE_CODE="ja",
    TIME_ZONE="Asia/Tokyo",
    USE_TZ=True,
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.validators import RegexValidator  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.urls import path  # noqa: E402


class Application(models.Model):
    """A hall is asked for."""

    number = models.CharField("受付番号", max_length=12, unique=True, validators=[RegexValidator(r"^\d{6}$", "6桁の数字です")])
    name = models.CharField("申込者氏名", max_length=100)
    kana = models.CharField("フリガナ", max_length=100, blank=True)
    day = models.DateField("利用日")
    start = models.TimeField("開始時刻", null=True, blank=True)
    people = models.PositiveIntegerField("人数", null=True, blank=True)
    hall = models.CharField("施設", max_length=20, choices=[(n, n) for n in ("大ホール", "小ホール", "会議室", "和室")])
    payment = models.CharField("支払方法", max_length=10, choices=[("cash", "現金"), ("bank", "口座振替")])
    wheelchair = models.BooleanField("車椅子席", default=False)
    halls = models.ManyToManyField(Group, verbose_name="貸出備品", blank=True)
    remarks = models.TextField("備考", blank=True)
    entered_at = models.DateTimeField("登録日時", auto_now_add=True)
    entered_by = models.CharField("登録者", max_length=150, editable=False)

    class Meta:
        app_label = "auth"
        db_table = "application"
        verbose_name = verbose_name_plural = "利用申込"

    def __str__(self):
        return f"受付{self.number}"


class ApplicationAdmin(admin.ModelAdmin):
    list_display = ["number", "name", "kana", "day", "hall", "entered_by", "stamp"]
    search_fields = ["number"]
    radio_fields = {"payment": admin.HORIZONTAL}

    @admin.display(description="登録日時")
    def stamp(self, application):
        from django.utils.timezone import localtime

        return localtime(application.entered_at).strftime("%Y-%m-%d %H:%M:%S")

    def save_model(self, request, application, form, change):
        application.entered_by = request.user.username
        super().save_model(request, application, form, change)


admin.site.register(Application, ApplicationAdmin)
urlpatterns = [path("admin/", admin.site.urls)]


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main():
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as schema:
        schema.create_model(Application)
    for name in ("机", "椅子", "マイク", "プロジェクター"):
        Group.objects.create(name=name)
    User.objects.create_superuser("rpa01", password=os.environ["OFFICE_PASSWORD"])
    server = Server(("127.0.0.1", 0), Quiet)
    server.set_app(StaticFilesHandler(get_wsgi_application()))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
