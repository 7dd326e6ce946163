// Random sort keys: one known row, what holds for every row, any number of threads, and the CUDA kernel's bits.
#include <algorithm>

#include "check.h"

namespace drcnn::tests {
namespace {

using Keys = Values<int64_t>;

struct Arguments {
  int64_t seed, iteration, purpose, count;
};

int32_t run(const Keys& ids, const Arguments& a, Keys& keys) {
  return drcnn_random_keys(ids.data(), static_cast<int64_t>(ids.size()), a.seed, &a.iteration, a.purpose, a.count, keys.data());
}

int32_t run_on_cuda(const Keys& ids, const Arguments& a, Keys& keys) {
  return drcnn_cuda_random_keys(
      ids.data(), static_cast<int64_t>(ids.size()), a.seed, &a.iteration, a.purpose, a.count, keys.data(), nullptr);
}

Keys keys_of(decltype(run)* function, const Keys& ids, const Arguments& a, const std::string& what) {
  Keys keys(ids.size() * a.count, -77);
  done(function(ids, a, keys), what);
  return keys;
}

/// In a row of keys each column appears in the lower half, and nothing is negative: no two are equal.
void compare(const Keys& ids, const Arguments& a) {
  const std::string what = "random_keys " + std::to_string(ids.size()) + " x " + std::to_string(a.count);
  const Keys keys = on_threads(what, [&] { return keys_of(run, ids, a, what); });
  bool good = true;
  for (size_t i = 0; i < keys.size(); i++) good = good && keys[i] >= 0 && (keys[i] & 0xFFFFFFFF) == static_cast<int64_t>(i) % a.count;
  check(good, what + ": a column in each key");
  check(same(keys, twice(what, [&] { return keys_of(run_on_cuda, ids, a, what); })), what + " on CUDA");
  // A row depends on its own image alone, and the first columns do not depend on how many there are.
  if (ids.empty() || a.count == 0) return;
  Arguments shorter = a;
  shorter.count = (a.count + 1) / 2;
  const Keys row = keys_of(run, {ids.back()}, shorter, what);
  check(std::equal(row.begin(), row.end(), keys.end() - a.count), what + ": a row on its own");
  Arguments other = a;
  other.purpose = (a.purpose + 1) % 256;
  check(a.count < 4 || !same(keys, keys_of(run, ids, other, what)), what + ": another purpose");
  other = a;
  other.seed ^= int64_t{1} << 40;
  check(a.count < 4 || !same(keys, keys_of(run, ids, other, what)), what + ": another seed");
}

void refusals() {
  const Keys ids{0, 1, 2, 3, 4, 5, 6};
  Keys keys(35);
  const std::pair<const char*, Arguments> wrong[] = {
      {"a count below 0", {1, 2, 3, -1}},          {"a count beyond the largest", {1, 2, 3, INT64_MAX}},
      {"an iteration below 0", {1, -1, 3, 5}},     {"an iteration beyond 32 bits", {1, int64_t{1} << 32, 3, 5}},
      {"a purpose below 0", {1, 2, -1, 5}},        {"a purpose beyond the largest", {1, 2, 256, 5}},
  };
  for (const auto& [what, arguments] : wrong) {
    refused(run(ids, arguments, keys), std::string("random_keys: ") + what);
    const bool is_in_memory = std::string(what).find("iteration") != std::string::npos;  // which CUDA's host does not read
    if (!is_in_memory) refused(run_on_cuda(ids, arguments, keys), std::string("random_keys on CUDA: ") + what);
  }
  const int64_t iteration = 2;
  for (const int64_t images : {int64_t{-1}, INT64_MAX}) {
    refused(drcnn_random_keys(ids.data(), images, 1, &iteration, 3, 5, keys.data()), "random_keys: images");
    refused(drcnn_cuda_random_keys(ids.data(), images, 1, &iteration, 3, 5, keys.data(), nullptr), "random_keys on CUDA: images");
  }
}

}  // namespace

void random_keys_tests(int64_t draws) {
  // The known answer of Philox4x32-10 to zeros, with the column in each key's lower half.
  const Keys zeros = keys_of(run, {0}, {0, 0, 0, 4}, "random_keys of zeros");
  const int64_t words[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (int64_t k = 0; k < 4; k++) check(zeros[k] == (words[k] >> 1 << 32 | k), "random_keys: a known row");
  const Keys far{0, -1, 139, INT64_MAX, INT64_MIN};
  for (const int64_t count : {0, 1, 3, 4, 1000, 1026}) {
    for (const int64_t images : {0, 1, 5}) compare({far.begin(), far.begin() + images}, {-7, 4294967295, 255, count});
  }
  Draw draw(7);
  for (int64_t i = 0; i < draws; i++) {
    Keys ids(draw.whole(0, 9));
    for (int64_t& id : ids) id = draw.one_of({draw.whole(0, 1 << 20), draw.whole(INT32_MIN, INT32_MAX) * 3000000019});
    compare(ids, {draw.whole(-1000, 1000) * 40000000003, draw.whole(0, 4294967295), draw.whole(0, 255), draw.whole(0, 70)});
  }
  refusals();
}

}  // namespace drcnn::tests
