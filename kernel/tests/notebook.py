"""A notebook without a front end: starts the installed kernel, runs cells, keeps what they show."""

import queue
import subprocess
import time

from jupyter_client import KernelManager

PATIENCE = 600  # seconds; the first start on a machine may compile the prelude


class Outcome:
    """What one cell came to: the reply, and all messages that it showed."""

    def __init__(self, reply, messages):
        self.reply = reply
        self.messages = messages

    @property
    def status(self):
        return self.reply["status"]

    def of(self, kind):
        """The contents of the messages of one kind, in order."""
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def stream(self, name):
        """All text on `stdout` or `stderr`."""
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def value(self):
        """The cell's value as text, or None."""
        results = self.of("execute_result")
        return results[0]["data"]["text/plain"] if results else None

    @property
    def account(self):
        """The account of a failure."""
        return "\n".join(self.reply.get("traceback", []))


class Notebook:
    """A running kernel."""

    def __init__(self, name="kinglet", env=None):
        self.started = time.monotonic()
        self.manager = KernelManager(kernel_name=name)
        # What a kernel spec sets goes before what its starter has.
        self.manager.kernel_spec.env.update(env or {})
        # The kernel's own words would stand between the test's.
        self.manager.start_kernel(stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        self.ready = time.monotonic() - self.started

    def send(self, code):
        """Sends a cell and does not wait for it."""
        return self.client.execute(code)

    def collect(self, asked, patience=PATIENCE):
        """Waits for the end of a cell that was sent."""
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=patience)
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["msg_type"] == "status":
                if message["content"]["execution_state"] == "idle":
                    break
                continue
            messages.append(message)
        return Outcome(self.reply(asked, patience), messages)

    def reply(self, asked, patience=PATIENCE):
        """The reply to one request on the shell channel."""
        while True:
            message = self.client.get_shell_msg(timeout=patience)
            if message["parent_header"].get("msg_id") == asked:
                return message["content"]

    def run(self, code, patience=PATIENCE):
        """Runs a cell."""
        return self.collect(self.send(code), patience)

    def wait_for_output(self, asked, wanted, patience=60):
        """Reads a cell's output until a message satisfies `wanted`; that message."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") == asked and wanted(message):
                return message
        raise AssertionError("the output did not come")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()
