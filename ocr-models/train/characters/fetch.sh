#!/bin/sh
# Brings the typefaces of typefaces.txt: Debian's packages into OUT/fonts, npm's @fontsource into OUT/npm. Needs
# apt-get, dpkg, npm. What stands in test scans (klee, seto, IPA Gothic, Noto Serif CJK) and what is derived from it
# (LXGW WenKai, Iansui, Takao, Migmix) is left out on purpose.
set -eu
list=$(cd "$(dirname "$0")" && pwd)/typefaces.txt
out=$(mkdir -p "$1/fonts" "$1/npm" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q fonts-kiloji fonts-yozvox-yozfont fonts-yozvox-yozfont-antique fonts-yozvox-yozfont-cute \
  fonts-yozvox-yozfont-edu fonts-yozvox-yozfont-new-kana fonts-yozvox-yozfont-standard-kana fonts-aoyagi-soseki \
  fonts-aoyagi-kouzan-t fonts-kouzan-mouhitsu fonts-dejima-mincho fonts-hanazono fonts-horai-umefont fonts-konatu \
  fonts-morisawa-bizud-gothic fonts-morisawa-bizud-mincho fonts-motoya-l-cedar fonts-motoya-l-maruberi fonts-mplus \
  fonts-oradano-mincho-gsrr fonts-sawarabi-gothic fonts-sawarabi-mincho fonts-vlgothic
for package in *.deb; do dpkg -x "$package" unpacked; done
find unpacked -type f \( -iname '*.ttf' -o -iname '*.otf' \) -exec cp {} "$out/fonts" \;
for name in $(awk '$1 != "#" && NF == 4 { print $3 }' "$list" | sort -u); do
  npm pack --silent "@fontsource/$name" > /dev/null
  mkdir -p "$out/npm/$name"
  tar xzf fontsource-"$name"-[0-9]*.tgz -C "$out/npm/$name" --wildcards 'package/files/*-normal.woff'
done
