// All metrics.
#pragma once

#include <taper/train/accuracy.h>
#include <taper/train/class_metrics.h>
#include <taper/train/crossentropy_metrics.h>
#include <taper/train/mean_metric.h>
#include <taper/train/metric.h>
#include <taper/train/prediction_rows.h>
#include <taper/train/regression_metrics.h>
#include <taper/train/threshold_metrics.h>
