// The assigner on the CPU, without a matrix of IoUs.
//
// Boxes go in tiles whose coordinates lie one array each. A ground truth that touches no box of a tile is passed over: its IoUs there are 0
// exactly, and neighbouring anchors are near each other. Threads share tiles; a ground truth's largest IoU is a maximum over them, which no
// order changes. Complexity: O(boxes * truths) at worst, little more than the pairs that overlap for anchors.
#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "../common/isa.h"
#include "../common/types.h"
#include "arguments.h"

namespace drcnn {
namespace {

constexpr int kTile = 128;
constexpr int kLanes = 16;

/// Where no number is larger, areas and their sums are finite in float32.
constexpr double kLargestCoordinate = 1e7;

/// Boxes, the last one repeated until the tile is full: a repeated box changes no maximum.
template <typename T>
struct Tile {
  T x1[kTile], y1[kTile], x2[kTile], y2[kTile], area[kTile];
  T left, top, right, bottom;  ///< around all of them
  bool bounded;                ///< no coordinate is NaN or beyond the largest

  Tile(const T* boxes, int64_t count, T offset) {
    for (int j = 0; j < kTile; j++) {
      const T* box = boxes + 4 * std::min<int64_t>(j, count - 1);
      x1[j] = box[0], y1[j] = box[1], x2[j] = box[2], y2[j] = box[3];
      area[j] = (x2[j] - x1[j] + offset) * (y2[j] - y1[j] + offset);
    }
    left = *std::min_element(x1, x1 + kTile), top = *std::min_element(y1, y1 + kTile);
    right = *std::max_element(x2, x2 + kTile), bottom = *std::max_element(y2, y2 + kTile);
    bounded = true;
    for (const T* values : {x1, y1, x2, y2}) {
      for (int j = 0; j < kTile; j++) bounded = bounded && std::abs(values[j]) <= T(kLargestCoordinate);
    }
  }
};

/// The ground truths of an image, one array a coordinate.
template <typename T>
struct Truths {
  std::vector<T> x1, y1, x2, y2, area;
  std::vector<uint8_t> bounded;

  Truths(const T* boxes, int64_t count, T offset) {
    for (auto* values : {&x1, &y1, &x2, &y2, &area}) values->resize(count);
    bounded.resize(count);
    for (int64_t g = 0; g < count; g++) {
      const T* box = boxes + 4 * g;
      x1[g] = box[0], y1[g] = box[1], x2[g] = box[2], y2[g] = box[3];
      area[g] = (x2[g] - x1[g] + offset) * (y2[g] - y1[g] + offset);
      bounded[g] = 1;
      for (int k = 0; k < 4; k++) bounded[g] &= std::abs(box[k]) <= T(kLargestCoordinate);
    }
  }

  int64_t size() const { return static_cast<int64_t>(x1.size()); }
};

/// Sets touches[g] where a box of the tile may have an IoU above 0 with ground truth g. The sides are computed as the IoU's are, and rounding
/// keeps their order, so a side that is not above 0 here is not above 0 for any box.
template <typename T>
DRCNN_INLINE void find_touching_by_sides(const Tile<T>& tile, const Truths<T>& truths, T offset, uint8_t* __restrict touches) {
  const int64_t count = truths.size();
  const T* __restrict x1 = truths.x1.data();
  const T* __restrict y1 = truths.y1.data();
  const T* __restrict x2 = truths.x2.data();
  const T* __restrict y2 = truths.y2.data();
  const uint8_t* __restrict bounded = truths.bounded.data();
  const uint8_t unbounded = !tile.bounded;
  for (int64_t g = 0; g < count; g++) {
    const bool apart = (x2[g] - tile.left + offset <= T(0)) | (tile.right - x1[g] + offset <= T(0)) |
                       (y2[g] - tile.top + offset <= T(0)) | (tile.bottom - y1[g] + offset <= T(0));
    touches[g] = !apart | unbounded | !bounded[g];
  }
}

/// The IoU of a ground truth with each box of the tile. The conditional expressions return their second value where one is NaN; the area
/// then makes the quotient NaN.
template <typename T>
DRCNN_INLINE void overlaps(const Tile<T>& tile, const Truths<T>& truths, int64_t g, T offset, T* __restrict iou) {
  const T x1 = truths.x1[g], y1 = truths.y1[g], x2 = truths.x2[g], y2 = truths.y2[g], area = truths.area[g];
  for (int j = 0; j < kTile; j++) {
    const T left = x1 > tile.x1[j] ? x1 : tile.x1[j], top = y1 > tile.y1[j] ? y1 : tile.y1[j];
    const T right = x2 < tile.x2[j] ? x2 : tile.x2[j], bottom = y2 < tile.y2[j] ? y2 : tile.y2[j];
    const T wide = right - left + offset, high = bottom - top + offset;
    const T intersection = (wide < T(0) ? T(0) : wide) * (high < T(0) ? T(0) : high);
    const T both = area + tile.area[j] - intersection;
    iou[j] = intersection / (both < T(1e-6) ? T(1e-6) : both);
  }
}

/// NaN is larger than every number.
template <typename T>
DRCNN_INLINE bool is_larger(T a, T b) {
  return (a > b) | ((a != a) & (b == b));
}

template <typename T>
DRCNN_INLINE void best_by_value(
    const Tile<T>& tile, const Truths<T>& truths, T offset, const uint8_t* touches, T* __restrict best, int32_t* __restrict matched,
    T* __restrict truth_iou) {
  std::fill_n(best, kTile, T(0));
  std::fill_n(matched, kTile, 0);
  alignas(64) T iou[kTile];
  for (int64_t g = 0; g < truths.size(); g++) {
    if (!touches[g]) continue;
    overlaps(tile, truths, g, offset, iou);
    const auto row = static_cast<int32_t>(g);
    for (int j = 0; j < kTile; j++) {
      const bool larger = is_larger(iou[j], best[j]);
      best[j] = larger ? iou[j] : best[j];
      matched[j] = larger ? row : matched[j];
    }
    T largest[kLanes] = {};
    for (int j = 0; j < kTile; j += kLanes) {
      for (int l = 0; l < kLanes; l++) largest[l] = is_larger(iou[j + l], largest[l]) ? iou[j + l] : largest[l];
    }
    for (const T value : largest) truth_iou[g] = is_larger(value, truth_iou[g]) ? value : truth_iou[g];
  }
}

template <typename T>
DRCNN_INLINE void last_by_value(
    const Tile<T>& tile, const Truths<T>& truths, T offset, const uint8_t* touches, const T* levels, int32_t* __restrict last) {
  std::fill_n(last, kTile, -1);
  alignas(64) T iou[kTile];
  for (int64_t g = 0; g < truths.size(); g++) {
    if (!touches[g] && levels[g] != T(0)) continue;
    overlaps(tile, truths, g, offset, iou);
    const auto row = static_cast<int32_t>(g);
    const T level = levels[g];
    for (int j = 0; j < kTile; j++) last[j] = iou[j] == level ? row : last[j];
  }
}

#define DRCNN_ASSIGN_VERSIONS(T)                                                                                                   \
  DRCNN_VERSIONS(                                                                                                                  \
      find_touching, (const Tile<T>& tile, const Truths<T>& truths, T offset, uint8_t* touches), find_touching_by_sides,           \
      (tile, truths, offset, touches))                                                                                             \
  DRCNN_VERSIONS(                                                                                                                  \
      find_best,                                                                                                                   \
      (const Tile<T>& tile, const Truths<T>& truths, T offset, const uint8_t* touches, T* best, int32_t* matched, T* truth_iou),   \
      best_by_value, (tile, truths, offset, touches, best, matched, truth_iou))                                                    \
  DRCNN_VERSIONS(                                                                                                                  \
      find_last,                                                                                                                   \
      (const Tile<T>& tile, const Truths<T>& truths, T offset, const uint8_t* touches, const T* levels, int32_t* last),            \
      last_by_value, (tile, truths, offset, touches, levels, last))

DRCNN_ASSIGN_VERSIONS(float)
DRCNN_ASSIGN_VERSIONS(double)
#undef DRCNN_ASSIGN_VERSIONS

/// What a thread does: body(image, first box, boxes, tile, truths, touches) for each of its tiles, then done(image) at the end of each image
/// that it had a share of.
template <typename T, typename Body, typename Done>
void for_each_tile(const drcnn_assign& call, const T* boxes, const T* truth, const Body& body, const Done& done) {
  const auto offset = static_cast<T>(call.offset);
  const int64_t tiles = (call.boxes + kTile - 1) / kTile;
  parallel_for(0, call.images * tiles, 1, [&](int64_t begin, int64_t end) {
    std::vector<uint8_t> touches(call.truths);
    for (int64_t at = begin; at < end;) {
      const int64_t image = at / tiles, stop = std::min(end, (image + 1) * tiles);
      const Truths<T> truths(truth + 4 * image * call.truths, call.truths, offset);
      auto kept = body.start();
      for (; at < stop; at++) {
        const int64_t first = at % tiles * kTile, count = std::min<int64_t>(kTile, call.boxes - first);
        const Tile<T> tile(boxes + 4 * ((call.shared_boxes ? 0 : image * call.boxes) + first), count, offset);
        find_touching(tile, truths, offset, touches.data());
        body.tile(image, first, count, tile, truths, touches.data(), kept);
      }
      done(image, kept);
    }
  });
}

template <typename T>
struct Best {
  const drcnn_assign& call;
  T* iou;
  int64_t* matched;

  std::vector<T> start() const { return std::vector<T>(call.truths, T(0)); }

  void tile(
      int64_t image, int64_t first, int64_t count, const Tile<T>& boxes, const Truths<T>& truths, const uint8_t* touches,
      std::vector<T>& truth_iou) const {
    alignas(64) T best[kTile];
    alignas(64) int32_t rows[kTile];
    find_best(boxes, truths, static_cast<T>(call.offset), touches, best, rows, truth_iou.data());
    std::copy_n(best, count, iou + image * call.boxes + first);
    std::copy_n(rows, count, matched + image * call.boxes + first);
  }
};

template <typename T>
struct Last {
  const drcnn_assign& call;
  const T* levels;
  int64_t* last;

  int start() const { return 0; }

  void tile(
      int64_t image, int64_t first, int64_t count, const Tile<T>& boxes, const Truths<T>& truths, const uint8_t* touches, int&) const {
    alignas(64) int32_t rows[kTile];
    find_last(boxes, truths, static_cast<T>(call.offset), touches, levels + image * call.truths, rows);
    std::copy_n(rows, count, last + image * call.boxes + first);
  }
};

}  // namespace
}  // namespace drcnn

int32_t drcnn_assign_best(
    const drcnn_assign* call, const void* boxes, const void* truth, void* iou, int64_t* matched, void* truth_iou) {
  return drcnn::guarded([&] {
    drcnn::isa();
    drcnn::check_assign_arguments(*call);
    drcnn::by_type<float, double>("assign: the type of boxes", call->type, [&](auto number) {
      using T = decltype(number);
      auto* largest = static_cast<T*>(truth_iou);
      std::fill_n(largest, call->images * call->truths, T(0));
      std::mutex merging;
      const drcnn::Best<T> best{*call, static_cast<T*>(iou), matched};
      drcnn::for_each_tile(
          *call, static_cast<const T*>(boxes), static_cast<const T*>(truth), best, [&](int64_t image, const std::vector<T>& kept) {
            const std::lock_guard<std::mutex> lock(merging);
            T* row = largest + image * call->truths;
            for (int64_t g = 0; g < call->truths; g++) row[g] = drcnn::is_larger(kept[g], row[g]) ? kept[g] : row[g];
          });
    });
  });
}

int32_t drcnn_assign_last(const drcnn_assign* call, const void* boxes, const void* truth, const void* levels, int64_t* last) {
  return drcnn::guarded([&] {
    drcnn::isa();
    drcnn::check_assign_arguments(*call);
    drcnn::by_type<float, double>("assign: the type of boxes", call->type, [&](auto number) {
      using T = decltype(number);
      const drcnn::Last<T> rows{*call, static_cast<const T*>(levels), last};
      drcnn::for_each_tile(
          *call, static_cast<const T*>(boxes), static_cast<const T*>(truth), rows, [](int64_t, int) {});
    });
  });
}
