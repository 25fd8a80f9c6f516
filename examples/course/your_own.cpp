// Your own optimizer in the race: that of ada_belief.cpp beside well-known ones.
#include "ideas.h"
#include "racing.h"

namespace course {

void your_own(Report& report) {
  constexpr int steps = 300;
  plot::Figure figure({.rows = 2,
                       .columns = 2,
                       .width = 860,
                       .height = 240,
                       .title = "AdaBelief, beside others",
                       .shared_legend = true});
  int row = 0;
  for (const char* const name : {"Ravine", "Rosenbrock"}) {
    for (const Surface& surface : surfaces())
      if (surface.name == name) {
        std::vector<Run> runs;
        for (const Contestant& contestant : contestants())
          if (contestant.name == "AdaBelief" || contestant.name == "Adam" || contestant.name == "SGD" ||
              contestant.name == "Momentum")
            runs.push_back(best_run(contestant, surface, steps));
        draw_paths(figure.at(row, 0), surface, runs);
        draw_distances(figure.at(row, 1), surface, runs);
        for (const Run& run : runs)
          report.say("{:<11} {:<10} learning rate {:<6} distance after {} steps {:.1e}", name, run.name,
                     run.learning_rate, steps, run.distance.back());
        report.claim(runs.size() == 4 && runs.back().name == "AdaBelief",
                     "{}: AdaBelief has run, and so it does in the race of all", name);
        report.claim(runs.back().distance.back() < 0.5 * runs.back().distance.front(),
                     "{}: it comes nearer to the minimum", name);
      }
    ++row;
  }
  report.draw("your-own", figure);
}

}  // namespace course
