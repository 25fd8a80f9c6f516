"""An event file as TensorBoard's own library writes it: tests/golden/tensorboard.events.

    pip install -r requirements.txt
    python -P tensorboard.py     (-P: else this file hides the package)
"""

from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.summary_pb2 import HistogramProto, SummaryMetadata
from tensorboard.summary.writer.record_writer import RecordWriter

WALL_TIME = 1234567890.5


def event(step=0):
    return Event(wall_time=WALL_TIME, step=step)


def scalar(tag, value, step):
    message = event(step)
    message.summary.value.add(tag=tag, simple_value=value)
    return message


def histogram(tag, values, step):
    counts, edges = np.histogram(values, bins=30)
    message = event(step)
    message.summary.value.add(
        tag=tag,
        histo=HistogramProto(
            min=values.min(), max=values.max(), num=len(values), sum=values.sum(), sum_squares=(values * values).sum(),
            bucket_limit=[float(edge) for edge in edges], bucket=[0] + [float(count) for count in counts]))
    return message


def text(tag, content, step):
    message = event(step)
    value = message.summary.value.add(tag=tag)
    value.metadata.plugin_data.plugin_name = "text"
    value.metadata.data_class = 2
    value.tensor.dtype = 7
    value.tensor.tensor_shape.SetInParent()
    value.tensor.string_val.append(content.encode())
    return message


def graph():
    definition = GraphDef()
    for name, op, inputs, shape in [("input", "Input", [], [2, 3]), ("0", "Linear", ["input"], [2, 4]),
                                    ("1", "Tanh", ["0"], [2, 4])]:
        node = definition.node.add(name=name, op=op, input=inputs)
        dims = node.attr["_output_shapes"].list.shape.add()
        for size in shape:
            dims.dim.add(size=size)
    definition.versions.producer = 22
    message = event()
    message.graph_def = definition.SerializeToString()
    return message


first = event()
first.file_version = "brain.Event:2"
start = event(5)
start.session_log.status = SessionLog.START
messages = [first, start, scalar("loss", 0.1, 0), scalar("loss", -1e30, 7),
            histogram("values", np.arange(64, dtype=np.float64) ** 2 / 64, 3),
            text("note", "**bold** grüße", 1), graph()]
with open(Path(__file__).parent / "tensorboard.events", "wb") as file:
    writer = RecordWriter(file)
    for message in messages:
        writer.write(message.SerializeToString())
