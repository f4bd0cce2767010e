#!/usr/bin/env bash
# Mesa's Vulkan on the processor for the tests of this folder: `bash tests/device/vulkan.sh`, on Debian.
# Release 12's own Mesa is too old for WebGPU, so its backports' is taken. It is unpacked into .vulkan/ and not
# installed: of a driver that every program finds, `--device auto` would think that it is a GPU.
set -euo pipefail
cd "$(dirname "$0")/../.."
. /etc/os-release
suite=$VERSION_CODENAME
[ "$suite" != bookworm ] || suite=bookworm-backports

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work/lists/partial"
cat >"$work/mesa.sources" <<SOURCES
Types: deb
URIs: http://deb.debian.org/debian
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
options=(-qq -o "Dir::Etc::SourceList=$work/mesa.sources" -o Dir::Etc::SourceParts=/dev/null
  -o "Dir::State::Lists=$work/lists" -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache=")
apt-get "${options[@]}" update
(cd "$work" && apt-get "${options[@]}" -o APT::Sandbox::User=root download mesa-vulkan-drivers)

# What the driver itself loads; the package depends on more, for GPUs.
llvm=$(dpkg-deb --field "$work"/mesa-vulkan-drivers_*.deb Depends | grep -o 'libllvm[0-9]*')
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$llvm" libvulkan1 libdrm2 libexpat1 libwayland-client0 \
  libx11-xcb1 libxcb-dri3-0 libxcb-present0 libxcb-randr0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 \
  libxshmfence1 >/dev/null

rm -rf .vulkan
dpkg-deb --extract "$work"/mesa-vulkan-drivers_*.deb .vulkan
driver=$(find "$PWD/.vulkan" -name libvulkan_lvp.so)
sed "s#\"library_path\": \".*\"#\"library_path\": \"$driver\"#" .vulkan/usr/share/vulkan/icd.d/lvp_icd*.json \
  >.vulkan/icd.json
