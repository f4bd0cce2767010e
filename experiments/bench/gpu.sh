#!/bin/sh
# Three minutes on a machine with an NVIDIA GPU: Seg-S/16 and SegFormer-B0, inference and training steps, by WebGPU
# beside PyTorch on CUDA. Writes gpu.json (medians in ms) and prints a table.
#   sh experiments/bench/gpu.sh [PYTHON]
# PYTHON has torch with CUDA, safetensors and transformers. Seglab needs Vulkan: libvulkan1 and the driver's own
# nvidia_icd.json (in containers NVIDIA_DRIVER_CAPABILITIES=all). PyTorch computes in float32, as Seglab does,
# with TF32 in convolutions as by its own defaults.
set -eu
cd "$(dirname "$0")/../.."
python="${1:-python3}"
if [ -z "${VK_ICD_FILENAMES:-}" ]; then
  for file in /etc/vulkan/icd.d/nvidia_icd.json /usr/share/vulkan/icd.d/nvidia_icd.json; do
    if [ -f "$file" ]; then export VK_ICD_FILENAMES="$file"; fi
  done
fi
deno="deno"
command -v deno > /dev/null || deno="npx -y deno"
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
"$python" -c 'import torch; print("torch", torch.__version__, torch.cuda.get_device_name(0))'
$deno install -q
exec timeout 420 $deno task bench --device webgpu --python "$python" --rounds 7 --json gpu.json
