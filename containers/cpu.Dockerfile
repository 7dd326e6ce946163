# drcnn on CPUs. After `dotnet fsi build.fsx publish`, from the repository's root:
#   docker build -f containers/cpu.Dockerfile -t drcnn artifacts/publish/drcnn
#   docker run --rm -v "$PWD:/work" drcnn train --preset r50-c4-small --data data --out runs/first
# The published folder brings .NET, libtorch and libjpeg; the image adds the allocator that the launcher takes and ffmpeg for videos.
FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 libstdc++6 libtcmalloc-minimal4 ffmpeg \
    && rm -rf /var/lib/apt/lists/*
COPY drcnn /opt/drcnn
WORKDIR /work
ENTRYPOINT ["/opt/drcnn/drcnn"]
CMD ["--help"]
