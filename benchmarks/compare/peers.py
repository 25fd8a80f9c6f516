"""Python contenders for compare: peers.py NAME THREADS, a child process that answers each line of JSON with one.

It begins with {"version": ...}, or ends if the framework is not installed. Then
{"training": {...}} or {"function": {...}} -> {"ready": true}, or false, and {"repeats": n} -> {"seconds": s}, for n training steps.
"""
import json
import os
import sys
import time

NAME, THREADS = sys.argv[1], int(sys.argv[2])
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print must not look like an answer
os.environ.update(OMP_NUM_THREADS=str(THREADS), TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", JAX_PLATFORMS="cpu")
if hasattr(os, "sched_setaffinity"):  # JAX takes a thread for each core that it may use
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def batches(work):
    import numpy as np

    start, order = 0, np.random.permutation(work["samples"])
    while True:
        if start + work["batch"] > work["samples"]:
            start = 0
        yield order[start:start + work["batch"]]
        start += work["batch"]


def data(work):
    import numpy as np

    inputs = np.random.rand(work["samples"], *work["input"]).astype("float32")
    return inputs, np.random.randint(0, work["classes"], work["samples"])


def pytorch():
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)

    def prepare(work):
        layers, flat = [], not work["layers"][0]["kernel"]
        for l in work["layers"]:
            if l["kernel"]:
                layers.append(nn.Conv2d(l["in"], l["out"], l["kernel"], padding=l["padding"]))
            else:
                layers += ([] if flat else [nn.Flatten()]) + [nn.Linear(l["in"], l["out"])]
                flat = True
            if l["activation"]:
                layers.append({"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[l["activation"]]())
            if l["pool"] > 1:
                layers.append(nn.MaxPool2d(l["pool"]))
            if l["dropout"]:
                layers.append(nn.Dropout(l["dropout"]))
        model = nn.Sequential(*layers)
        adam = work["optimizer"] == "adam"
        optimizer = torch.optim.Adam(model.parameters(), 1e-3) if adam else torch.optim.SGD(
            model.parameters(), 0.01, momentum=0.9)
        inputs, labels = (torch.from_numpy(a) for a in data(work))
        rows = (torch.from_numpy(r) for r in batches(work))

        def step():
            at = next(rows)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs[at]), labels[at]).backward()
            optimizer.step()

        return step, lambda: None

    def prepare_function(work):
        rows, columns = work["rows"], work["columns"]
        side = 10 if rows * columns == 1000 else 100
        x = torch.rand(rows * columns)
        m, places, mask = x.reshape(rows, columns), torch.randint(columns, (rows, columns)), x.reshape(rows, columns) < 0
        row, batch, vector = torch.randint(rows, (rows,)), x.reshape(-1, side, side), x[:side * side // 10]
        tall = x.reshape(-1, side)[:1000]
        name = work["name"]
        if name.startswith("einsum "):
            operands = {"ij,kj->ik": [tall, tall], "bij,bjk->bik": [batch, batch], "i,j->ij": [vector, vector],
                        "bij->bj": [batch], "bij,bij->b": [batch, batch], "ij,j->i": [tall, tall[0]]}
            equation = name.split()[1]
            return lambda: torch.einsum(equation, *operands[equation]), lambda: None
        return {
            "sort": lambda: x.sort(0), "sort rows": lambda: m.sort(-1), "topk": lambda: m.topk(10, -1),
            "cumsum": lambda: m.cumsum(1), "cumsum columns": lambda: m.cumsum(0), "gather": lambda: m.gather(1, places),
            "index_select": lambda: m.index_select(0, row), "index_add": lambda: m.index_add(0, row, m),
            "masked_fill": lambda: m.masked_fill(mask, 0.5), "pad": lambda: nn.functional.pad(m, (2, 2, 1, 1)),
            "flip": lambda: m.flip(1), "concat": lambda: torch.concat((m, m), 1), "any": lambda: mask.any(),
            "std": lambda: x.std(), "norm": lambda: x.norm(), "quantile": lambda: x.quantile(0.3),
            "multinomial": lambda: x.multinomial(100, True),
        }[name], lambda: None

    return torch.__version__, prepare, prepare_function


def jax():
    import jax
    from jax import lax, numpy as jnp

    def forward(layers, parameters, x, key):
        for l, (w, b) in zip(layers, parameters):
            if l["kernel"]:
                pad = [(l["padding"], l["padding"])] * 2
                x = lax.conv_general_dilated(x, w, (1, 1), pad, dimension_numbers=("NHWC", "HWIO", "NHWC")) + b
            else:
                x = x.reshape(x.shape[0], -1) @ w + b
            if l["activation"]:
                x = {"relu": jax.nn.relu, "sigmoid": jax.nn.sigmoid}[l["activation"]](x)
            if p := l["pool"] * (l["pool"] > 1):
                x = lax.reduce_window(x, -jnp.inf, lax.max, (1, p, p, 1), (1, p, p, 1), "VALID")
            if l["dropout"]:
                key, mine = jax.random.split(key)
                x = jnp.where(jax.random.bernoulli(mine, 1 - l["dropout"], x.shape), x / (1 - l["dropout"]), 0)
        return x

    def prepare(work):
        layers, adam = work["layers"], work["optimizer"] == "adam"
        parameters = []
        for i, l in enumerate(layers):
            shape = (l["kernel"], l["kernel"], l["in"], l["out"]) if l["kernel"] else (l["in"], l["out"])
            fan = l["in"] * max(1, l["kernel"]) ** 2
            w = jax.random.normal(jax.random.PRNGKey(i), shape) * fan ** -0.5
            parameters.append((w, jnp.zeros(l["out"])))
        zeros = lambda: jax.tree_util.tree_map(jnp.zeros_like, parameters)
        state = (parameters, zeros(), zeros(), jnp.zeros(()), jax.random.PRNGKey(9))
        inputs, labels = data(work)
        if inputs.ndim == 4:  # the layout that it prefers
            inputs = inputs.transpose(0, 2, 3, 1)
        inputs, labels, rows = jnp.asarray(inputs), jnp.asarray(labels), batches(work)

        def update(state, inputs, labels, at):
            parameters, m, v, count, key = state
            key, mine = jax.random.split(key)

            def loss(parameters):
                logits = jax.nn.log_softmax(forward(layers, parameters, inputs[at], mine))
                return -jnp.mean(jnp.take_along_axis(logits, labels[at][:, None], 1))

            each, count = jax.tree_util.tree_map, count + 1
            g = jax.grad(loss)(parameters)
            if adam:
                m = each(lambda m, g: 0.9 * m + 0.1 * g, m, g)
                v = each(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
                rate = 1e-3 * jnp.sqrt(1 - 0.999 ** count) / (1 - 0.9 ** count)
                parameters = each(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + 1e-8), parameters, m, v)
            else:
                m = each(lambda m, g: 0.9 * m + g, m, g)
                parameters = each(lambda w, m: w - 0.01 * m, parameters, m)
            return parameters, m, v, count, key

        compiled = jax.jit(update, donate_argnums=0)

        def step():
            nonlocal state
            state = compiled(state, inputs, labels, next(rows))

        return step, lambda: jax.block_until_ready(state)

    return jax.__version__, prepare


def tensorflow():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(1)

    def prepare(work):
        layers, flat = [], not work["layers"][0]["kernel"]
        for l in work["layers"]:
            activation = l["activation"] or None
            if l["kernel"]:
                padding = "same" if l["padding"] else "valid"
                layers.append(tf.keras.layers.Conv2D(l["out"], l["kernel"], padding=padding, activation=activation))
            else:
                layers += [] if flat else [tf.keras.layers.Flatten()]
                layers.append(tf.keras.layers.Dense(l["out"], activation=activation))
                flat = True
            if l["pool"] > 1:
                layers.append(tf.keras.layers.MaxPool2D(l["pool"]))
            if l["dropout"]:
                layers.append(tf.keras.layers.Dropout(l["dropout"]))
        model = tf.keras.Sequential(layers)
        adam = work["optimizer"] == "adam"
        optimizer = tf.keras.optimizers.Adam(1e-3) if adam else tf.keras.optimizers.SGD(0.01, 0.9)
        inputs, labels = data(work)
        if inputs.ndim == 4:  # the only layout of its convolutions on CPUs
            inputs = inputs.transpose(0, 2, 3, 1)
        inputs, labels, rows = tf.constant(inputs), tf.constant(labels), batches(work)
        model.build((None, *inputs.shape[1:]))
        optimizer.build(model.trainable_variables)

        @tf.function
        def update(at):
            with tf.GradientTape() as tape:
                logits = model(tf.gather(inputs, at), training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(labels, at), logits)
                loss = tf.reduce_mean(losses)
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            return loss

        return lambda: update(tf.constant(next(rows))), lambda: None

    return tf.__version__, prepare


def answer(value):
    print(json.dumps(value), file=answers, flush=True)


def settle():
    """Waits until all threads of this process are asleep: some spin for a while on cores that others need."""
    for _ in range(100):
        before = time.process_time()
        time.sleep(0.005)
        if time.process_time() - before < 0.0005:
            return


try:
    version, prepare, *prepare_function = {"PyTorch": pytorch, "JAX": jax, "TensorFlow": tensorflow}[NAME]()
except ImportError:
    sys.exit(0)
answer({"version": version})
for line in sys.stdin:
    question = json.loads(line)
    if "function" in question and not prepare_function:
        answer({"ready": False})
    elif "repeats" not in question:
        make = prepare if "training" in question else prepare_function[0]
        step, finish = make(*question.values())
        step(), finish()
        answer({"ready": True})
    else:
        begin = time.perf_counter()
        for _ in range(question["repeats"]):
            step()
        finish()
        seconds = time.perf_counter() - begin
        settle()
        answer({"seconds": seconds})
