// Layers and who uses whose results.
#include <algorithm>
#include <map>
#include <set>

#include <taper/autograd/grad_mode.h>
#include <taper/autograd/node.h>
#include <taper/nn/call.h>
#include <taper/nn/undisturbed.h>
#include <taper/train/model_graph.h>

namespace taper::training {
namespace {

class Watcher : public nn::CallObserver {
 public:
  Watcher(nn::Module& model, const Tensor& input) {
    for (const auto& [name, module] : model.named_modules())
      names_.emplace(identity(*module), name.empty() ? module->type() : name);
    nodes_.push_back({"input", "Input", input.shape(), {}});
    if (input.requires_grad()) made_by_[node_of(input)] = 0;
    results_.push_back(input);
  }

  void called(const nn::Module& module, const Tensor& result) override {
    const auto found = names_.find(identity(module));
    if (!module.named_children().empty() || found == names_.end()) return;
    std::string name = found->second;
    if (const int before = calls_[name]++; before > 0) name += "_" + std::to_string(before);
    const std::size_t number = nodes_.size();
    nodes_.push_back({name, module.type(), result.shape(), inputs_of(result)});
    results_.push_back(result);  // so that its node stays
    if (result.requires_grad()) made_by_[node_of(result)] = number;
  }

  std::vector<GraphNode> nodes() { return std::move(nodes_); }

 private:
  /// The nodes that are met first on all ways back from the result.
  std::vector<std::size_t> inputs_of(const Tensor& result) const {
    std::set<std::size_t> inputs;
    if (result.requires_grad()) {
      Node* const last = node_of(result);
      // A layer that does nothing gives its input.
      if (const auto same = made_by_.find(last); same != made_by_.end()) return {same->second};
      std::set<const Node*> seen{last};
      std::vector<const Node*> open{last};
      while (!open.empty()) {
        const Node* const node = open.back();
        open.pop_back();
        for (int i = 0; i < node->edge_count; ++i) {
          Node* const before = node->edges[i].node.get();
          if (before == nullptr || !seen.insert(before).second) continue;
          if (const auto found = made_by_.find(before); found != made_by_.end())
            inputs.insert(found->second);
          else
            open.push_back(before);
        }
      }
    }
    // Whole numbers have no gradient: what begins with them begins with the input.
    if (inputs.empty()) inputs.insert(0);
    return {inputs.begin(), inputs.end()};
  }

  std::map<const void*, std::string> names_;
  std::map<std::string, int> calls_;
  std::map<const Node*, std::size_t> made_by_;
  std::vector<Tensor> results_;
  std::vector<GraphNode> nodes_;
};

}  // namespace

std::vector<GraphNode> model_graph(nn::Module& model, const Tensor& input) {
  const nn::detail::Undisturbed undisturbed(model);
  const EnableGrad record;
  Tensor x = input.detach();
  if (is_floating(x.dtype())) x.set_requires_grad();
  Watcher watcher(model, x);
  model(x);
  return watcher.nodes();
}

}  // namespace taper::training
