#!/bin/sh
# Brings the typefaces of labelled scans into one folder, for checking only: nothing is ever trained or calibrated on them.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q fonts-klee fonts-seto fonts-ipafont-gothic fonts-noto-cjk
for package in *.deb; do dpkg -x "$package" unpacked; done
for name in KleeOne-Regular.ttf KleeOne-SemiBold.ttf setofont.ttf ipag.ttf NotoSerifCJK-Regular.ttc; do
  find unpacked -name "$name" -exec cp {} "$out/" \;
done
