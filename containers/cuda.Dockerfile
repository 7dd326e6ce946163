# drcnn on GPUs. Where nvcc is, after `dotnet fsi build.fsx publish --without-libtorch`, with a CUDA libtorch 2.10 unpacked beside the
# published folder (artifacts/publish/drcnn-without-libtorch/libtorch), from the repository's root:
#   docker build -f containers/cuda.Dockerfile -t drcnn-cuda artifacts/publish/drcnn-without-libtorch
#   docker run --rm --gpus all -v "$PWD:/work" drcnn-cuda train --preset r50-fpn --data data --out runs/first
# CUDA is to be the version that libtorch was built for: --build-arg CUDA=...
ARG CUDA=12.8.1
FROM nvidia/cuda:${CUDA}-cudnn-runtime-ubuntu22.04
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 libtcmalloc-minimal4 ffmpeg \
    && rm -rf /var/lib/apt/lists/*
COPY libtorch /opt/libtorch
COPY drcnn /opt/drcnn
ENV DRCNN_LIBTORCH=/opt/libtorch
WORKDIR /work
ENTRYPOINT ["/opt/drcnn/drcnn"]
CMD ["doctor"]
