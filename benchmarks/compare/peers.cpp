// The parent's side of the line protocol; see peers.py.
#include "peers.h"

#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "contender.h"

namespace comparison {
namespace {

using nlohmann::json;

class Child {
 public:
  Child(const std::string& python, const std::string& name, int threads) {
    int down[2], up[2];
    if (pipe(down) != 0 || pipe(up) != 0) throw std::runtime_error("pipe");
    // Our ends are not for the children that come later: one that held them would keep this one from its end.
    for (const int end : {down[1], up[0]}) fcntl(end, F_SETFD, FD_CLOEXEC);
    process_ = fork();
    if (process_ == 0) {
      dup2(down[0], 0), dup2(up[1], 1);
      for (const int end : {down[0], down[1], up[0], up[1]}) close(end);
      const std::string count = std::to_string(threads);
      execlp(python.c_str(), python.c_str(), COMPARE_PEERS, name.c_str(), count.c_str(), nullptr);
      _exit(127);
    }
    close(down[0]), close(up[1]);
    to_ = fdopen(down[1], "w"), from_ = fdopen(up[0], "r");
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    fclose(to_), fclose(from_);
    waitpid(process_, nullptr, 0);
  }

  /// One answer; null when the child has ended.
  json read() {
    char line[4096];
    if (fgets(line, sizeof line, from_) == nullptr) return nullptr;
    return json::parse(line, nullptr, false);
  }
  json ask(const json& question) {
    fputs((question.dump() + "\n").c_str(), to_);
    fflush(to_);
    return read();
  }

 private:
  pid_t process_;
  FILE *to_, *from_;
};

json described(const Training& t) {
  json layers = json::array();
  for (const Layer& l : t.layers)
    layers.push_back({{"in", l.in},
                      {"out", l.out},
                      {"kernel", l.kernel},
                      {"padding", l.padding},
                      {"activation", l.activation},
                      {"pool", l.pool},
                      {"dropout", l.dropout}});
  return {{"input", t.input},         {"layers", layers},       {"batch", t.batch},
          {"optimizer", t.optimizer}, {"samples", t.samples()}, {"classes", t.classes()}};
}

}  // namespace

void register_peers(const std::string& python, int threads) {
  std::signal(SIGPIPE, SIG_IGN);
  for (const char* name : {"PyTorch", "JAX", "TensorFlow"}) {
    const auto child = std::make_shared<Child>(python, name, threads);
    const json hello = child->read();
    if (!hello.is_object() || !hello.contains("version")) continue;
    const auto prepare = [child](const Workload& workload, int) -> Measure {
      json question;
      if (const auto* training = std::get_if<Training>(&workload.work))
        question = {{"training", described(*training)}};
      else if (const auto* call = std::get_if<FunctionCall>(&workload.work))
        question = {
            {"function", {{"name", call->function}, {"rows", call->rows()}, {"columns", call->columns()}}}};
      if (question.is_null() || !child->ask(question).value("ready", false)) return {};
      return [child](std::int64_t repeats) {
        return child->ask({{"repeats", repeats}}).at("seconds").get<double>();
      };
    };
    contenders().push_back({name, hello["version"], prepare});
  }
}

}  // namespace comparison
