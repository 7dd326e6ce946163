// The image library over damaged files, for sanitizers: `dotnet fsi build.fsx sanitize`. Seeds come from libjpeg. A run is a function of its count.
#include <chrono>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include <jpeglib.h>

#include "drcnn_image.h"

namespace {

using File = std::vector<uint8_t>;

/// Larger pictures are left alone, as the program does with its own, higher limit.
constexpr int64_t kMostPixels = 1 << 20;
constexpr double kHangSeconds = 1;

/// colours: 1 grey, 3 YCbCr, 4 CMYK.
File jpeg(int width, int height, int colours, bool progressive) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = colours;
  info.in_color_space = colours == 1 ? JCS_GRAYSCALE : colours == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 50, TRUE);
  info.restart_interval = 2;
  if (progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  File row(static_cast<size_t>(width) * colours);
  while (info.next_scanline < info.image_height) {
    for (size_t x = 0; x < row.size(); x++) row[x] = static_cast<uint8_t>(x * 9 + info.next_scanline * 5);
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&info, &rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  File file(data, data + size);
  std::free(data);
  return file;
}

File damaged(const File& seed, std::mt19937& random) {
  File file = seed;
  auto below = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  const size_t from = below(4) == 0 ? 0 : file.size() / 12;  // often behind the signature
  auto place = [&] { return from + below(file.size() - from); };
  switch (below(6)) {
    case 0:
      for (size_t flips = below(8) + 1; flips > 0; flips--) file[place()] ^= static_cast<uint8_t>(1u << below(8));
      break;
    case 1:
      for (size_t bytes = below(4) + 1; bytes > 0; bytes--) file[place()] = static_cast<uint8_t>(random());
      break;
    case 2:
      file.resize(1 + below(file.size()));
      break;
    case 3: {
      const size_t at = place(), length = below(file.size() - at);
      file.erase(file.begin() + static_cast<long>(at), file.begin() + static_cast<long>(at + length / 4));
      break;
    }
    case 4: {
      const size_t at = place();
      const File part(file.begin() + static_cast<long>(at), file.begin() + static_cast<long>(at + below(file.size() - at)));
      file.insert(file.begin() + static_cast<long>(place()), part.begin(), part.end());
      break;
    }
    default:
      file[place()] = below(2) == 0 ? 0xFF : 0;
      break;
  }
  return file;
}

struct Counts {
  int64_t past_header = 0, decoded = 0;
  double slowest = 0;
};

void decode(const File& file, Counts& counts) {
  const auto start = std::chrono::steady_clock::now();
  int32_t width = 0, height = 0;
  // A copy of its own size: a read behind the end is seen.
  const auto size = static_cast<int64_t>(file.size());
  if (drcnn_image_read_size(file.data(), size, &width, &height) == DRCNN_IMAGE_OK &&
      int64_t{width} * height <= kMostPixels) {
    counts.past_header++;
    File rgb(static_cast<size_t>(width) * height * 3);
    if (drcnn_image_decode(file.data(), size, rgb.data(), static_cast<int64_t>(rgb.size())) == DRCNN_IMAGE_OK) counts.decoded++;
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (taken.count() > counts.slowest) counts.slowest = taken.count();
}

int run(const std::vector<File>& seeds, int64_t count) {
  Counts counts;
  for (int64_t mutation = 0; mutation < count; mutation++) {
    std::mt19937 random(static_cast<uint32_t>(mutation));
    File file = damaged(seeds[random() % seeds.size()], random);
    file.shrink_to_fit();
    decode(file, counts);
  }
  std::printf(
      "JPEG: %lld damaged files, %lld %% past the header, %lld decoded, slowest %.1f ms, no finding of the sanitizers\n",
      static_cast<long long>(count), static_cast<long long>(100 * counts.past_header / count),
      static_cast<long long>(counts.decoded), 1000 * counts.slowest);
  return counts.past_header * 5 >= count && counts.slowest < kHangSeconds ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t count = argc > 1 ? std::atoll(argv[1]) : 200000;
  if (count < 1) return 2;
  const std::vector<File> jpegs{
      jpeg(24, 16, 3, false), jpeg(24, 16, 3, true), jpeg(9, 7, 1, false), jpeg(9, 7, 1, true), jpeg(17, 5, 4, false)};
  return run(jpegs, count);
}
