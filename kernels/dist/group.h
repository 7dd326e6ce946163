// What the files of the library share: the group and the text of its errors.
#pragma once
#include "../torch_c/handles.h"
#include "drcnn_dist.h"
#include "operations.h"

struct drcnn_dist_group {
  c10::intrusive_ptr<c10d::Store> store;
  std::shared_ptr<drcnn::Heartbeat> heartbeat;    // null: switched off
  std::shared_ptr<drcnn::Operations> operations;  // null: left
  int rank;
  int size;
};
