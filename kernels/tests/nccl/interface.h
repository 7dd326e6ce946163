#pragma once

#define STAND_IN_API extern "C" __attribute__((visibility("default")))
