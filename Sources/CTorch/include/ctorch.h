#ifndef CTORCH_H
#define CTORCH_H

#include "ctorch_autograd.h"
#include "ctorch_cuda.h"
#include "ctorch_device.h"
#include "ctorch_distributed.h"
#include "ctorch_error.h"
#include "ctorch_math.h"
#include "ctorch_memory.h"
#include "ctorch_nn.h"
#include "ctorch_optimizer.h"
#include "ctorch_packed.h"
#include "ctorch_recompute.h"
#include "ctorch_tensor.h"
#include "ctorch_trace.h"

#endif
