// The ideas of the course, one function and one file each.
#pragma once

#include "report.h"

namespace course {

void batch_size(Report& report);
void averages(Report& report);
void formulas(Report& report);
void race(Report& report);
void decay(Report& report);
void saddles(Report& report);
void quickstart(Report& report);
void your_own(Report& report);

}  // namespace course
