#!/bin/sh
# Brings the typefaces of typefaces.txt into one folder: Debian's packages, and npm's as TrueType. Needs apt-get, dpkg,
# npm and python3 with fonttools and brotli. What stands in test scans (klee, seto, IPA Gothic, Noto Serif CJK) is left
# out on purpose.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q fonts-dejavu-core fonts-liberation2 fonts-freefont-ttf fonts-roboto-unhinted fonts-lato \
  fonts-open-sans fonts-vlgothic fonts-mplus fonts-kiloji fonts-yozvox-yozfont-standard-kana fonts-aoyagi-soseki \
  fonts-comic-neue fonts-courier-prime fonts-inconsolata fonts-crosextra-carlito fonts-crosextra-caladea \
  fonts-humor-sans fonts-dkg-handwriting fonts-breip fonts-bwht fonts-tomsontalks fonts-motoya-l-cedar \
  fonts-motoya-l-maruberi fonts-ebgaramond fonts-linuxlibertine fonts-horai-umefont fonts-ecolier-court \
  fonts-sil-andika fonts-hack fonts-sawarabi-gothic fonts-sawarabi-mincho fonts-komatuna fonts-oldstandard \
  fonts-ocr-b fonts-play fonts-rufscript fonts-beteckna fonts-jura fonts-gfs-didot
for package in *.deb; do dpkg -x "$package" unpacked; done
find unpacked -type f \( -iname '*.ttf' -o -iname '*.otf' -o -iname '*.ttc' \) | while read -r file; do
  cp "$file" "$out/$(basename "$file" | tr ' ' _)"
done
as_truetype() {
  python3 - "$1" "$2" <<'PY'
import sys
from fontTools.ttLib import TTFont
font = TTFont(sys.argv[1])
font.flavor = None
font.save(sys.argv[2])
PY
}
for name in yomogi zen-kurenaido hachi-maru-pop yusei-magic slackside-one darumadrop-one; do
  npm pack --silent "@fontsource/$name" > /dev/null
  mkdir "$name"
  tar xzf fontsource-"$name"-*.tgz -C "$name"
  as_truetype "$name/package/files/$name-latin-400-normal.woff2" "$out/$name-latin-400-normal.ttf"
done
# With all their characters: the written ones that characters are measured with.
for name in yomogi slackside-one; do
  as_truetype "$name/package/files/$name-japanese-400-normal.woff" "$out/$name-400.ttf"
done
