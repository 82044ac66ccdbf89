"""Roundup's own issue tracker, in Japanese, as its classic template comes: `office.py FOLDER`.

Prints its address once it listens. Nothing of the pages is written here; they are what `pip install roundup` brings.
"""

import os
import socketserver
import sys
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from roundup import configuration, init, instance, password
from roundup.cgi.wsgi_handler import RequestDispatcher

PRIORITIES = ["至急", "通常", "要望"]
KEYWORDS = ["道路", "街路灯", "公園", "ごみ"]
CLERKS = {"tanaka": "田中 一", "suzuki": "鈴木 次郎", "sato": "佐藤 さくら"}


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Told(WSGIRequestHandler):
    """Says what could write, a line each."""

    def log_request(self, *_):
        if self.command == "POST":
            print(self.requestline, flush=True)

    def log_message(self, *_):
        pass


def install(home, url):
    template = Path(sys.prefix, "share/roundup/templates/classic")
    init.install(home, str(template))
    # What a department changes before it starts the tracker: its words.
    words = Path(home, "initial_data.py")
    lines = [line for line in words.read_text().splitlines() if not line.startswith("pri.create")]
    lines += [f"pri.create(name={name!r}, order={n})" for n, name in enumerate(PRIORITIES)]
    words.write_text("\n".join(lines) + "\n")
    config = configuration.CoreConfig()
    config["TRACKER_NAME"] = "窓口相談の記録"
    config["TRACKER_WEB"] = url + "/"
    config["TRACKER_LANGUAGE"] = "ja"
    config["MAIL_DOMAIN"] = "office.invalid"
    config["MAIL_HOST"] = "localhost"
    config["MAIL_DEBUG"] = str(Path(home, "mail.txt"))
    config["RDBMS_BACKEND"] = "sqlite"
    config["DATABASE"] = "db"
    config.save(str(Path(home, "config.ini")))
    tracker = instance.open(home)
    tracker.init(password.Password(os.environ["OFFICE_PASSWORD"], config=config))
    people(tracker)


def people(tracker):
    database = tracker.open("admin")
    for name in KEYWORDS:
        database.keyword.create(name=name)
    for name, real in CLERKS.items():
        database.user.create(username=name, realname=real, address=f"{name}@office.invalid", roles="User")
    secret = password.Password(os.environ["OFFICE_PASSWORD"], config=database.config)
    database.user.create(username="rpa01", password=secret, address="rpa01@office.invalid", roles="User")
    database.commit()
    database.close()


def main():
    server = Server(("127.0.0.1", 0), Told)
    url = f"http://127.0.0.1:{server.server_port}"
    install(sys.argv[1], url)
    server.set_app(RequestDispatcher(sys.argv[1], feature_flags={"cache_tracker": ""}))
    print(url, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
