// The report: what the page holds, that nothing in it can break out, and that it draws in a browser.
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <string>

#include <catch.h>
#include <temporary_directory.h>

#include <taper/taper.h>
#include <taper/train/profile.h>
#include <taper/train/report.h>
#include <taper/train/trainer.h>

using namespace taper;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

int count(const std::string& text, const std::string& part) {
  int result = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++result;
  return result;
}

/// The first place that is not well-formed, or "": tags are closed in order, attributes quoted, text escaped.
std::string malformed(const std::string& html) {
  std::vector<std::string> open;
  std::size_t at = std::string("<!DOCTYPE html>").size();
  const auto around = [&](std::size_t place) { return html.substr(place > 30 ? place - 30 : 0, 90); };
  while (at < html.size()) {
    const char character = html[at];
    if (character == '&') {
      const std::size_t end = html.find(';', at);
      const std::set<std::string> entities{"lt", "gt", "amp", "quot", "#39"};
      if (end == std::string::npos || entities.count(html.substr(at + 1, end - at - 1)) == 0)
        return around(at);
    }
    if (character != '<') {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    bool quoted = false;
    for (; end < html.size() && (quoted || html[end] != '>'); ++end) {
      if (html[end] == '"') quoted = !quoted;
      if (html[end] == '<') return around(at);
    }
    if (end >= html.size()) return around(at);
    const std::string tag = html.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return around(at);
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end + 1;
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

struct Training {
  nn::Sequential model{nn::Flatten(), nn::Linear(16, 8), nn::Tanh(), nn::Linear(8, 3)};
  optim::Adam adam{model, {.learning_rate = 0.01}};
  Tensor x, y;
  Training() {
    manual_seed(3);
    model.apply([](nn::Module& module) {
      for (Tensor parameter : module.parameters()) assign(parameter, normal(parameter.shape(), 0, 0.3));
    });
    x = normal({40, 1, 4, 4});
    y = argmax(slice(reshape(x, {40, 16}), 1, 0, 3), 1);
  }
  double step() {
    return adam.minimize([&] { return cross_entropy(model(x), y); }).item<double>();
  }
};

/// A training of two epochs of ten steps.
void run(training::Report& report, Training& training) {
  report.begin(training.model, training.adam, training.x, 2);
  for (int epoch = 0; epoch < 2; ++epoch) {
    double loss = 0;
    for (int step = 0; step < 10; ++step) report.step(loss = training.step());
    report.evaluate(training.model, data::TensorDataset({training.x, training.y}));
    report.epoch({{"loss", loss}, {"accuracy", 0.5}, {"val_loss", 1.5}, {"val_accuracy", 0.25 + epoch}});
  }
}

}  // namespace

TEST_CASE("report: all sections of a classifier, in one file that asks for nothing") {
  const TemporaryDirectory directory;
  const std::string path = directory / "report.html";
  Training training;
  training::Report report(path, {.title = "three classes", .classes = {"red", "green", "blue"}, .every = 2});
  report.setting("batch size", "40");
  report.setting("batch size", "41");
  report.times({{"first layer", 0.25}, {"second layer", 0.75}});
  run(report, training);
  CHECK(contains(io::read_file(path), "http-equiv=\"refresh\" content=\"10\""));
  CHECK(contains(io::read_file(path), ">running<"));
  report.end();
  const std::string html = io::read_file(path);
  CHECK(directory.entries() == 1);
  CHECK(malformed(html).empty());
  for (const char* const id : {"curves", "norms", "predictions", "mistakes", "model", "times", "settings"}) {
    INFO(id);
    CHECK(count(html, "<section id=\"" + std::string(id) + "\"") == 1);
    CHECK(count(html, "href=\"#" + std::string(id) + "\"") == 1);
  }
  CHECK(contains(html, ">finished<"));
  CHECK(!contains(html, "refresh\""));
  CHECK(!contains(html, "http:"));
  CHECK(!contains(html, "https:"));
  CHECK(!contains(html, "@import"));
  CHECK(!contains(html, "url("));
  CHECK(count(html, "src=\"") == count(html, "src=\"data:image/png;base64,"));
  CHECK(contains(html, "prefers-color-scheme:dark"));
  CHECK(contains(html, "default-src 'none'"));

  CHECK(contains(html, "<title>three classes</title>"));
  CHECK(contains(html, ">2 of 2<"));
  CHECK(contains(html, "20 steps"));
  CHECK(contains(html, "best 1.2500 in epoch 2"));  // accuracy rises
  for (const char* const title : {"Loss", "Accuracy", "Learning rate", "Norm of the gradient",
                                  "Norms of gradients by layer", "Updates by layer", "Confusion matrix"}) {
    INFO(title);
    CHECK(count(html, "<h3>" + std::string(title) + "</h3>") == 1);
  }
  CHECK(count(html, "<figure class=\"chart\"") == 6);
  CHECK(count(html, "<summary>Values</summary>") == 6);
  CHECK(contains(html, "<th scope=\"row\" title=\"green\">"));
  CHECK(contains(html, "<td>1</td><td>Linear</td><td>[40, 8]</td><td class=\"n\">136</td>"));
  CHECK(contains(html, "<td>second layer</td><td class=\"n\">750 ms</td><td class=\"n\">75.0 %</td>"));
  CHECK(contains(html, "<td>batch size</td><td>41</td>"));
  CHECK(!contains(html, "<td>40</td>"));
  CHECK(contains(html, "<td>class</td><td>Adam</td>"));
  CHECK(contains(html, "<td>beta_1</td><td>0.9</td>"));
  CHECK(contains(html, "<td>threads</td><td>" + std::to_string(num_threads()) + "</td>"));
}

TEST_CASE("report: confusions and mistakes are those of the predictions") {
  training::Report report("unwritten.html", {.classes = {"red", "green", "blue"}, .mistakes = 2});
  const Tensor images = zeros({5, 1, 2, 2}), targets = tensor({0, 0, 1, 2, -1});
  // As probabilities; the last target is none.
  report.predictions(
      images, targets,
      tensor({{0.9, 0.1, 0.0}, {0.2, 0.8, 0.0}, {0.05, 0.05, 0.9}, {0.0, 0.6, 0.4}, {1.0, 0.0, 0.0}}));
  std::string html = report.html();
  CHECK(contains(html, "1 of 4 examples are right, 25.0 %."));
  // The true class had 0.05 and 0.2: worse than 0.4, which is left out.
  CHECK(count(html, "<li>") == 2);
  const std::size_t first = html.find("<b>green</b>, read as <b>blue</b>"),
                    second = html.find("<b>red</b>, read as <b>green</b>");
  REQUIRE(first != std::string::npos);
  REQUIRE(second != std::string::npos);
  CHECK(first < second);
  CHECK(contains(html, "90.0 % sure<br />example 2<"));
  CHECK(!contains(html, "60.0 % sure"));
  CHECK(contains(html,
                 "<td>red</td><td class=\"n\">2</td><td class=\"n\">100.0 %</td><td class=\"n\">50.0 "
                 "%</td><td class=\"n\">0.6667</td>"));
  CHECK(malformed(html).empty());

  // Further batches are added. These are logits.
  report.predictions(
      images, tensor({1, 0, 0, 0, 0}),
      tensor({{9.0, 0.0, 0.0}, {9.0, 0.0, 0.0}, {9.0, 0.0, 0.0}, {9.0, 0.0, 0.0}, {9.0, 0.0, 0.0}}));
  html = report.html();
  CHECK(contains(html, "5 of 9 examples are right"));
  CHECK(contains(html, "100.0 % sure<br />example 5<"));  // exp(9) / (exp(9) + 2)
  report.clear_predictions();
  CHECK(!contains(report.html(), "examples are right"));
}

TEST_CASE("report: many classes, and numbers instead of classes") {
  training::Report many("unwritten.html");
  const Tensor scores = zeros({50, 50});
  assign(scores(Slice(), 3), ones({50}));
  many.predictions(zeros({50, 3}), arange(0, 50), scores);
  std::string html = many.html();
  CHECK(contains(html, "Most frequent confusions"));
  CHECK(contains(html, "<td>4</td><td>3</td><td class=\"n\">1</td><td class=\"n\">100.0 %</td>"));
  CHECK(!contains(html, "class=\"matrix\""));
  CHECK(malformed(html).empty());

  training::Report regression("unwritten.html");
  regression.predictions(zeros({3, 2}), tensor({1.0, 2.0, 3.0}), tensor({{1.5}, {2.0}, {1.5}}));
  html = regression.html();
  CHECK(contains(html, "3 values. Mean absolute error 0.6667, root mean square error 0.9129."));
  CHECK(malformed(html).empty());
}

namespace {

struct Evil : nn::Layer<Evil> {
  nn::Linear inner;
  explicit Evil(const std::string& name) : inner(child(name, nn::Linear(4, 2))) {}
  Tensor forward(const Tensor& x) const { return inner(x); }
};

}  // namespace

TEST_CASE("report: no name can break out of the markup") {
  const std::string evil = "</script><script>alert(\"1\")</script>'&<img src=x>";
  const Evil model("<script>alert(2)</script>\"");
  optim::SGD sgd(model, {.learning_rate = 0.1});
  const TemporaryDirectory directory;
  training::Report report(directory / "report.html", {.title = evil, .classes = {evil, evil}, .every = 1});
  report.setting(evil, evil);
  report.times({{evil, 1}});
  const Tensor x = normal({8, 4}), y = tensor({0, 1, 0, 1, 0, 1, 0, 1});
  Evil copy = model;
  report.begin(copy, sgd, x);
  for (int i = 0; i < 3; ++i)
    report.step(sgd.minimize([&] { return cross_entropy(model(x), y); }).item<double>());
  report.predictions(x, y, model(x));
  report.epoch({{"loss", 1}, {evil, not_a_number}, {"val_" + evil, 2}});
  report.epoch({{"loss", 1}, {evil, 3}, {"val_" + evil, 2}});
  const std::string html = report.html();
  CHECK(malformed(html).empty());
  CHECK(count(html, "<script>") == 1);  // its own
  CHECK(count(html, "</script>") == 1);
  CHECK(count(html, "<img src=x") == 0);
  CHECK(count(html, "&lt;script&gt;alert(2)&lt;/script&gt;&quot;") >= 3);  // the model's table, two legends
}

TEST_CASE("report: norms are those of gradients and updates") {
  nn::Linear model(2, 1, {.bias = false});
  Tensor weight = model.parameters()[0];
  assign(weight, tensor({{3.0, 4.0}}));
  optim::SGD sgd(model, {.learning_rate = 0.5});
  training::Report report("unwritten.html", {.every = 2});
  report.begin(model, sgd);
  const auto step = [&](double x0, double x1) {
    report.step(sgd.minimize([&] { return sum(model(tensor({{x0, x1}}))); }).item<double>());
  };
  step(0, 0);      // not measured
  step(0.6, 0.8);  // gradient of norm 1, update of norm 0.5, parameters of norm 5, loss 5
  const NamedTensors state = report.state_dict();
  const auto value = [&](const std::string& wanted) {
    for (const auto& [name, tensor] : state)
      if (name == "steps." + wanted) return tensor.item<double>();
    return not_a_number;
  };
  CHECK(value("step") == 2);
  CHECK(value("loss") == Approx(2.5));  // the mean of 0 and 5
  CHECK(value("learning rate") == 0.5);
  CHECK(value("gradient") == Approx(1));
  CHECK(value("gradient of model") == Approx(1));
  CHECK(value("update of model") == Approx(0.1));
}

TEST_CASE("report: a schedule's learning rate is that of the step") {
  Training training;
  optim::SGD sgd(training.model,
                 {.learning_rate = [](auto step) { return 0.1 * static_cast<double>(step + 1); }});
  training::Report report("unwritten.html", {.every = 1});
  report.begin(training.model, sgd);
  for (int i = 0; i < 3; ++i)
    report.step(
        sgd.minimize([&] { return cross_entropy(training.model(training.x), training.y); }).item<double>());
  for (const auto& [name, tensor] : report.state_dict())
    if (name == "steps.learning rate") CHECK(tensor.to_vector<double>()[2] == Approx(0.3));
  CHECK(contains(report.html(), "<td>learning_rate</td><td>a function</td>"));
}

TEST_CASE("report: a loss that is no number is said") {
  Training training;
  training::Report report("unwritten.html", {.every = 1});
  report.begin(training.model, training.adam);
  report.step(1);
  CHECK(!contains(report.html(), "no finite number"));
  report.step(not_a_number);
  report.step(1);
  CHECK(contains(report.html(), "The loss was no finite number in step 2."));
  CHECK(malformed(report.html()).empty());
}

TEST_CASE("report: not every epoch need have a validation") {
  const TemporaryDirectory directory;
  Training training;
  training::Report report(directory / "report.html");
  report.begin(training.model, training.adam);
  report.epoch({{"loss", 4}});
  report.epoch({{"loss", 3}, {"val_loss", 0.75}});
  report.epoch({{"loss", 2}});
  report.epoch({{"loss", 1}, {"val_loss", 0.875}});
  report.epoch({{"loss", 0.5}});
  const std::string html = report.html();
  CHECK(contains(html, "<dt>Loss, validation</dt><dd>0.8750</dd>"));
  CHECK(contains(html, "best 0.7500 in epoch 2"));
  CHECK(contains(html, "&quot;x&quot;:[2.0,4.0],&quot;y&quot;:[0.75,0.875]"));
  CHECK(!contains(html, "nan"));
}

TEST_CASE("report: a long training stays a small page") {
  Training training;
  training::Report report("unwritten.html", {.every = 1});
  report.begin(training.model, training.adam, training.x);
  for (int epoch = 0; epoch < 50; ++epoch) {
    for (int step = 0; step < 50; ++step) report.step(1 / (1 + 0.01 * step + epoch));
    report.predictions(normal({40, 1, 28, 28}), training.y, training.model(training.x));
    report.setting("epoch", std::to_string(epoch));
  }
  CHECK(report.html().size() < 300'000);
  for (const auto& [name, tensor] : report.state_dict())
    if (name == "steps.step") {
      const std::vector<double> steps = tensor.to_vector<double>();
      CHECK(steps.size() >= 200);
      CHECK(steps.size() < 400);
      CHECK(steps[0] == 8);
      CHECK(steps.back() == 2496);
    }
}

TEST_CASE("report: evaluation leaves the modes of the model alone") {
  nn::Sequential model{nn::Linear(16, 3), nn::Dropout(0.5)};
  model.get_submodule("1").eval();
  training::Report report("unwritten.html");
  const data::TensorDataset wrong({zeros({4, 2}), tensor({0, 1, 2, 0})});
  CHECK_THROWS_AS(report.evaluate(model, wrong), Error);
  report.evaluate(model, data::TensorDataset({zeros({4, 16}), tensor({0, 1, 2, 0})}));
  CHECK(model.is_training());
  CHECK(!model.get_submodule("1").is_training());
  CHECK(contains(report.html(), "of 4 examples are right"));
}

TEST_CASE("report: errors") {
  CHECK_THROWS_AS(training::Report("a.html", {.every = 0}), ValueError);
  CHECK_THROWS_AS(training::Report("a.html", {.mistakes = -1}), ValueError);
  CHECK_THROWS_AS(training::Report("a.html", {.refresh = -1}), ValueError);
  training::Report report("/no such folder/a.html");
  CHECK_THROWS_AS(report.step(1), ValueError);
  CHECK_THROWS_AS(report.write(), IoError);
  CHECK_THROWS_AS(report.epoch({}), IoError);
  CHECK_THROWS_AS(report.load_state_dict({{"nonsense", zeros({}, float64)}}), ValueError);
  CHECK_THROWS_AS(report.load_state_dict({{"ends", zeros({2})}}), ValueError);
  CHECK_THROWS_AS(report.load_state_dict({}), ValueError);
  NamedTensors state = training::Report("a.html").state_dict();
  for (auto& [name, tensor] : state)
    if (name == "every") tensor = full({}, 1e300, float64);
  CHECK_THROWS_AS(report.load_state_dict(state), ValueError);
}

TEST_CASE("report: goes on from its state as if never interrupted") {
  const auto finish = [](training::Report& report, Training& training) {
    run(report, training);
    return report.state_dict();
  };
  Training one, other;
  const TemporaryDirectory directory;
  training::Report first(directory / "a.html", {.every = 2}), again(directory / "b.html", {.every = 2}),
      resumed(directory / "c.html", {.every = 2});
  run(first, one);
  resumed.load_state_dict(first.state_dict());
  const NamedTensors wanted = finish(first, one);
  run(again, other);
  const NamedTensors state = finish(resumed, other);
  REQUIRE(state.size() == wanted.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    INFO(state[i].first);
    CHECK(state[i].first == wanted[i].first);
    if (state[i].first != "seconds")
      CHECK(state[i].second.to_vector<double>() == wanted[i].second.to_vector<double>());
  }
}

TEST_CASE("report: as a callback it sees every batch, evaluates, and says how the training ended") {
  const TemporaryDirectory directory;
  Training training;
  const data::TensorDataset examples({training.x, training.y});
  data::DataLoader loader(examples, {.batch_size = 16}), validation(examples, {.batch_size = 40});
  optim::SGD still(training.model, {.learning_rate = 0});
  std::vector<double> losses;
  training::Trainer trainer(training.model, still, [&](const Tensor& output, const Tensor& target) {
    const Tensor loss = cross_entropy(output, target);
    if (grad_enabled()) losses.push_back(loss.item<double>());
    return loss;
  });
  training::Report report(directory / "report.html", {.examples = &examples, .every = 1});
  trainer.fit(loader, {.epochs = 2, .validation_data = &validation, .callbacks = {&report}, .verbose = 0});
  const std::string html = io::read_file(directory / "report.html");
  CHECK(malformed(html).empty());
  CHECK(contains(html, ">finished<"));
  CHECK(contains(html, ">2 of 2<"));
  CHECK(contains(html, "<td>1</td><td>Linear</td><td>[1, 8]</td>"));  // the shape of one example
  CHECK(contains(html, "of 40 examples are right"));
  REQUIRE(losses.size() == 6);  // the last batch of an epoch is smaller
  for (const auto& [name, tensor] : report.state_dict())
    if (name == "steps.loss")
      for (std::size_t i = 0; i < losses.size(); ++i)
        CHECK(tensor.to_vector<double>()[i] == Approx(losses[i]).epsilon(1e-6));

  training::Report failing(directory / "failing.html");
  training::LambdaCallback stop(
      {.on_epoch_end = [](training::Trainer&, std::int64_t epoch, const training::Logs&) {
        if (epoch == 1) throw ValueError("enough");
      }});
  CHECK_THROWS_AS(trainer.fit(loader, {.epochs = 5, .callbacks = {&failing, &stop}, .verbose = 0}),
                  ValueError);
  CHECK(contains(io::read_file(directory / "failing.html"), ">ended by an error<"));
}

TEST_CASE("report: the times of a profile's layers") {
  std::int64_t now = 0;
  const Profile profile({.clock = [&now] { return now; }});
  Training training;
  training::Report report("unwritten.html", {.profile = &profile});
  now = 250'000'000;
  training.model(training.x);
  CHECK(contains(report.html(), "<section id=\"times\""));
  CHECK(contains(report.html(), "<td class=\"n\">250 ms</td><td class=\"n\">100.0 %</td>"));
}

TEST_CASE("report: a browser draws it without an error or a request") {
  if (std::system("command -v chromium >/dev/null 2>&1") != 0) {
    WARN("skipped: there is no chromium");
    return;
  }
  const TemporaryDirectory directory;
  Training training;
  training::Report report(directory / "report.html", {.classes = {"<b>", "green", "blue"}, .every = 2});
  run(report, training);
  report.end();
  // What the page comes to is written into it: errors, policy violations, and how wide a figure is drawn.
  std::string html = report.html();
  const std::string watch =
      "<script>const found = [];\n"
      "addEventListener(\"error\", (event) => found.push(event.message));\n"
      "addEventListener(\"securitypolicyviolation\", (event) => found.push(event.blockedURI));\n"
      "addEventListener(\"load\", () => {\n"
      "  const figure = document.querySelector(\"figure.chart\"), box = "
      "figure.querySelector(\"rect.f\").getBoundingClientRect();\n"
      "  figure.dispatchEvent(new PointerEvent(\"pointermove\", {clientX: box.left + box.width / 2, clientY: "
      "box.top + 9}));\n"
      "  const drawn = [...document.images].filter((image) => image.naturalWidth === 4).length;\n"
      "  const requests = performance.getEntriesByType(\"resource\").filter((entry) => "
      "!entry.name.startsWith(\"data:\")).length;\n"
      "  document.title = [\"width\", Math.round(box.width) > 200, \"images\", drawn, \"requests\", "
      "requests, \"errors\", found.length, found.join(), \"tip\", "
      "document.querySelector(\".tip\").textContent].join(\" \");\n"
      "});</script>";
  const std::size_t body = html.find("<body>");
  REQUIRE(body != std::string::npos);
  html.insert(body + 6, watch);
  const std::string page = directory.file("watched.html", html);
  const std::string output = directory / "output";
  const std::string command =
      "timeout 60 chromium --headless --no-sandbox --disable-gpu --window-size=1200,900 --user-data-dir=" +
      (directory / "profile").string() + " --dump-dom 'file://" + page + "' > " + output + " 2>" +
      (directory / "errors").string();
  if (std::system(command.c_str()) != 0) {
    WARN("skipped: chromium does not start");
    return;
  }
  const std::string drawn = io::read_file(output);
  const std::size_t title = drawn.find("<title>width"), end = drawn.find("</title>");
  REQUIRE(title != std::string::npos);
  const std::string said = drawn.substr(title + 7, end - title - 7);
  INFO(said);
  CHECK(contains(said, "width true"));
  CHECK(contains(said, "requests 0"));
  CHECK(contains(said, "errors 0 "));
  CHECK(contains(said, "tip epoch 1."));
  CHECK(contains(said, "images " + std::to_string(count(html, "src=\"data:image/png"))));
}
