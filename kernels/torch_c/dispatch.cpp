// Any operator of libtorch's dispatcher, called by name with boxed values.
#include <ATen/core/dispatch/Dispatcher.h>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>
#include "compat.h"
#include "handles.h"

using c10::IValue;
using Stack = std::vector<IValue>;

namespace {

enum class Kind : uint8_t { Plain, Double, OptionalTensors, Ints };

Kind kind_of(c10::TypePtr type) {
  if (type->kind() == c10::TypeKind::OptionalType) type = type->castRaw<c10::OptionalType>()->getElementType();
  if (type->kind() == c10::TypeKind::FloatType) return Kind::Double;
  if (type->kind() != c10::TypeKind::ListType) return Kind::Plain;
  auto element = type->castRaw<c10::ListType>()->getElementType();
  if (element->kind() == c10::TypeKind::OptionalType) return Kind::OptionalTensors;
  if (element->kind() == c10::TypeKind::IntType || element->kind() == c10::TypeKind::SymIntType) return Kind::Ints;
  return Kind::Plain;
}

template <class T, class Source>
IValue list_of(const Source* values, int32_t count) {
  c10::List<T> list;
  list.reserve(count);
  for (int32_t i = 0; i < count; i++) list.push_back(static_cast<T>(values[i]));
  return IValue(std::move(list));
}

}  // namespace

struct drcnn_op {
  c10::OperatorHandle handle;
  std::vector<Kind> kinds;
  std::string name;
};

namespace {

IValue tensors_of(const void* const* handles, int32_t count, Kind kind) {
  if (kind == Kind::OptionalTensors) {
    c10::List<drcnn::compat::optional_tensor> list;
    list.reserve(count);
    for (int32_t i = 0; i < count; i++) {
      drcnn::compat::optional_tensor item;
      if (handles[i]) item = drcnn::borrow(handles[i]);
      list.push_back(std::move(item));
    }
    return IValue(std::move(list));
  }
  c10::List<at::Tensor> list;
  list.reserve(count);
  for (int32_t i = 0; i < count; i++) list.push_back(drcnn::borrow(handles[i]));
  return IValue(std::move(list));
}

IValue argument(const drcnn_value& value, const drcnn_op& op, size_t index) {
  const Kind kind = op.kinds[index];
  switch (value.tag) {
    case DRCNN_NONE: return IValue();
    case DRCNN_DEFAULT: {
      const auto& schema = op.handle.schema().arguments()[index];
      TORCH_CHECK(schema.default_value().has_value(), "argument '", schema.name(), "' has no default");
      return *schema.default_value();
    }
    case DRCNN_TENSOR: return IValue(drcnn::borrow(value.p));
    case DRCNN_TENSORS: return tensors_of(static_cast<const void* const*>(value.p), value.n, kind);
    case DRCNN_INT:
      // The boxed call converts neither int to float nor one int to a list.
      if (kind == Kind::Double) return IValue(static_cast<double>(value.i));
      if (kind == Kind::Ints) return list_of<int64_t>(&value.i, 1);
      return IValue(value.i);
    case DRCNN_DOUBLE: return IValue(value.d);
    case DRCNN_BOOL: return IValue(value.i != 0);
    case DRCNN_INTS: return list_of<int64_t>(static_cast<const int64_t*>(value.p), value.n);
    case DRCNN_INTS_PACKED: {
      int64_t unpacked[4];
      for (int32_t i = 0; i < value.n; i++) unpacked[i] = static_cast<int16_t>(value.i >> (16 * i));
      return list_of<int64_t>(unpacked, value.n);
    }
    case DRCNN_DOUBLES: return list_of<double>(static_cast<const double*>(value.p), value.n);
    case DRCNN_BOOLS: return list_of<bool>(static_cast<const uint8_t*>(value.p), value.n);
    case DRCNN_STRING: return IValue(std::string(static_cast<const char*>(value.p), value.n));
    case DRCNN_DTYPE: return IValue(static_cast<at::ScalarType>(value.i));
    case DRCNN_DEVICE:
      return IValue(c10::Device(static_cast<c10::DeviceType>(value.i), static_cast<c10::DeviceIndex>(value.n)));
    default: TORCH_CHECK(false, "unknown tag ", value.tag, " of argument ", index);
  }
}

// The results of one call on their way out: given back unless all of them arrived.
class Results {
 public:
  Results(drcnn_value* values, int32_t capacity) : values_(values), capacity_(capacity) {}
  Results(const Results&) = delete;
  ~Results() {
    for (int32_t i = 0; i < count_; i++) release(values_[i]);
  }

  void add(IValue&& value) {
    TORCH_CHECK(count_ < capacity_, "more results than the ", capacity_, " that there is room for");
    drcnn_value& out = values_[count_];
    out.n = 0;
    out.i = 0;
    if (value.isTensor()) {
      out.p = drcnn::give(std::move(value).toTensor());
      out.tag = DRCNN_TENSOR;
    } else if (value.isTensorList()) {
      add_list(value.toTensorVector(), out);
    } else if (value.isNone()) {
      out.tag = DRCNN_NONE;
    } else if (value.isInt()) {
      out.i = value.toInt();
      out.tag = DRCNN_INT;
    } else if (value.isDouble()) {
      out.d = value.toDouble();
      out.tag = DRCNN_DOUBLE;
    } else if (value.isBool()) {
      out.i = value.toBool();
      out.tag = DRCNN_BOOL;
    } else {
      TORCH_CHECK(false, "a result of type ", value.tagKind(), " cannot be returned");
    }
    count_++;
  }

  int32_t keep() { return std::exchange(count_, 0); }

 private:
  static void add_list(std::vector<at::Tensor> list, drcnn_value& out) {
    auto array = static_cast<drcnn_tensor**>(malloc(sizeof(drcnn_tensor*) * (list.size() + 1)));
    TORCH_CHECK(array != nullptr, "no memory for a list of ", list.size(), " results");
    for (size_t i = 0; i < list.size(); i++) array[i] = drcnn::give(std::move(list[i]));
    out.p = array;
    out.n = static_cast<int32_t>(list.size());
    out.tag = DRCNN_TENSORS;
  }

  static void release(const drcnn_value& value) {
    void* pointer = const_cast<void*>(value.p);
    if (value.tag == DRCNN_TENSOR) drcnn_release(static_cast<drcnn_tensor*>(pointer));
    if (value.tag != DRCNN_TENSORS) return;
    drcnn_release_many(static_cast<drcnn_tensor**>(pointer), value.n);
    drcnn_free(pointer);
  }

  drcnn_value* values_;
  int32_t capacity_;
  int32_t count_ = 0;
};

// Stacks are reused; a nested call (a backward hook, an operator that calls another) takes its own.
class BorrowedStack {
 public:
  BorrowedStack() {
    if (pool().empty()) {
      stack.reserve(24);
    } else {
      stack = std::move(pool().back());
      pool().pop_back();
    }
  }
  ~BorrowedStack() {
    stack.clear();
    if (pool().size() < 8) pool().push_back(std::move(stack));
  }
  Stack stack;

 private:
  static std::vector<Stack>& pool() {
    static thread_local std::vector<Stack> stacks;
    return stacks;
  }
};

}  // namespace

int32_t drcnn_op_find(const char* name, const char* overload, drcnn_op** out) {
  const std::string full = *overload ? std::string(name) + "." + overload : name;
  return drcnn::guarded(full.c_str(), [&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    std::vector<Kind> kinds;
    for (const auto& schema : handle.schema().arguments()) kinds.push_back(kind_of(schema.type()));
    *out = new drcnn_op{handle, std::move(kinds), full};
  });
}

int32_t drcnn_op_schema(drcnn_op* op, char* text, int32_t capacity) {
  return drcnn::guarded(op->name.c_str(), [&] { snprintf(text, capacity, "%s", c10::toString(op->handle.schema()).c_str()); });
}

int32_t drcnn_call(drcnn_op* op, const drcnn_value* arguments, int32_t count, drcnn_value* results, int32_t capacity) {
  int32_t returned = -1;
  drcnn::guarded(op->name.c_str(), [&] {
    BorrowedStack borrowed;
    Stack& stack = borrowed.stack;
    const size_t wanted = op->kinds.size();
    TORCH_CHECK(static_cast<size_t>(count) <= wanted, count, " arguments given, the schema has ", wanted);
    for (int32_t i = 0; i < count; i++) stack.push_back(argument(arguments[i], *op, i));
    for (size_t i = count; i < wanted; i++) stack.push_back(argument(drcnn_value{DRCNN_DEFAULT, 0, {0}}, *op, i));
    op->handle.callBoxed(&stack);
    Results converted(results, capacity);
    for (auto& value : stack) converted.add(std::move(value));
    returned = converted.keep();
  });
  return returned;
}

void drcnn_free(void* memory) { free(memory); }
