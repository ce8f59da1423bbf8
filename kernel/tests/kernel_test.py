"""Tests of the installed kernel, through the Jupyter protocol.

    JUPYTER_PATH=<prefix>/share/jupyter python kernel/tests/kernel_test.py
"""

import glob
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import unittest

import zmq
from jupyter_client.session import Session

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from notebook import Notebook  # noqa: E402


class Downloads:
    """Counts what a program asks of the network through a proxy, and what it asks of rustup."""

    def __init__(self):
        self.connections = 0
        self.folder = tempfile.mkdtemp()
        self.log = os.path.join(self.folder, "rustup.log")
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        rustup = shutil.which("rustup")
        if rustup:
            shim = os.path.join(self.folder, "rustup")
            with open(shim, "w") as file:
                file.write(f'#!/bin/sh\necho "$*" >> {self.log}\nexec {rustup} "$@"\n')
            os.chmod(shim, os.stat(shim).st_mode | stat.S_IXUSR)

    def _serve(self):
        while True:
            connection, _ = self.server.accept()
            self.connections += 1
            connection.close()

    def env(self):
        proxy = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "CARGO_HTTP_PROXY"]
        proxies = {n: proxy for name in names for n in (name, name.lower())}
        path = self.folder + os.pathsep + os.environ["PATH"]
        return {**proxies, "PATH": path, "NO_PROXY": "", "no_proxy": ""}

    def asked_of_rustup(self):
        """What was asked of rustup beyond where a program is."""
        if not os.path.exists(self.log):
            return []
        with open(self.log) as file:
            return [line for line in file.read().splitlines() if not line.startswith("which ")]


class Kernel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.downloads = Downloads()
        cls.book = Notebook(env=cls.downloads.env())
        cls.book.run("use kinglet::prelude::*;")

    @classmethod
    def tearDownClass(cls):
        cls.book.close()

    def fails(self, code, name, *words):
        outcome = self.book.run(code)
        self.assertEqual(outcome.status, "error", outcome.reply)
        self.assertEqual(outcome.reply["ename"], name)
        shown = outcome.of("error")
        self.assertEqual(len(shown), 1)
        self.assertEqual(shown[0]["evalue"], outcome.reply["evalue"])
        for word in words:
            self.assertIn(word, outcome.account)
        return outcome

    # What a cell shows.

    def test_a_value_is_a_result(self):
        outcome = self.book.run("let two = 2;\ntwo + 40")
        self.assertEqual(outcome.status, "ok")
        self.assertEqual(outcome.value, "42")
        self.assertIsNone(self.book.run("two + 40;").value)
        self.assertIsNone(self.book.run("println!(\"x\")").value)

    def test_a_rich_value_is_a_result(self):
        code = 'let mut t = kinglet::display::Table::new(&["a"]); t.push([1.5.into()]);\nt'
        outcome = self.book.run(code)
        data = outcome.of("execute_result")[0]["data"]
        self.assertIn("1.500000", data["text/plain"])
        self.assertIn("<td", data["text/html"])
        self.assertEqual(outcome.of("display_data"), [])

    def test_several_displays_come_in_order(self):
        code = """
            use kinglet::display::{Latex, Markdown, show};
            show(&Latex::new("x"));
            println!("between");
            show(&Latex::new("y"));
            Markdown::new("*z*")
        """
        outcome = self.book.run(code)
        kinds = [m["msg_type"] for m in outcome.messages if m["msg_type"] != "execute_input"]
        self.assertEqual(kinds, ["display_data", "stream", "display_data", "execute_result"])
        shown = [c["data"]["text/plain"] for c in outcome.of("display_data")]
        self.assertEqual(shown, ["x", "y"])
        self.assertEqual(outcome.value, "*z*")

    def test_a_progress_bar_moves_in_place(self):
        code = """
            let mut bar = kinglet::display::ProgressBar::new("steps");
            for step in 1..=20u64 {
                let _ = bar.report(step, Some(20), f64::NAN);
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            drop(bar);
        """
        outcome = self.book.run(code)
        displays, updates = outcome.of("display_data"), outcome.of("update_display_data")
        self.assertEqual(len(displays), 1)
        self.assertGreater(len(updates), 3)
        names = {c["transient"]["display_id"] for c in displays + updates}
        self.assertEqual(len(names), 1)
        self.assertEqual(updates[-1]["data"]["text/plain"], "steps: 20 of 20")

    def test_text_is_shown_while_the_cell_runs(self):
        code = 'print!("half a line"); std::thread::sleep(std::time::Duration::from_secs(2)); println!(" and the rest");'
        asked = self.book.send(code)
        is_text = lambda m: m["msg_type"] == "stream"
        first = self.book.wait_for_output(asked, is_text)
        self.assertEqual(first["content"]["text"], "half a line")
        rest = self.book.collect(asked)
        self.assertEqual(rest.stream("stdout"), " and the rest\n")

    def test_a_line_without_an_end_belongs_to_its_cell(self):
        self.assertEqual(self.book.run('print!("no newline")').stream("stdout"), "no newline")
        self.assertEqual(self.book.run('eprint!("here neither")').stream("stderr"), "here neither")
        self.assertEqual(self.book.run('println!("next")').stream("stdout"), "next\n")

    # What fails.

    def test_a_panic_is_an_error(self):
        self.fails('let a = 1;\nif a == 1 { panic!("no way"); }', "panic", "no way", "line 2 of the cell")
        self.assertEqual(self.book.run("1 + 1").value, "2")

    def test_a_failed_assertion_is_an_error(self):
        outcome = self.fails("assert_eq!(1 + 1, 3, \"sums\");", "panic", "sums", "left: 2", "right: 3")
        self.assertIn("assertion", outcome.reply["evalue"])

    def test_a_question_mark_that_fails_is_an_error(self):
        outcome = self.fails('let n: i32 = "many".parse()?;', "Error")
        self.assertEqual(outcome.reply["evalue"], "invalid digit found in string")

    def test_a_compile_error_keeps_the_compilers_words(self):
        outcome = self.fails('let ok = 1;\nlet n: f64 = "a";', "E0308", "mismatched types", '2 | let n: f64 = "a";')
        self.assertEqual(outcome.reply["evalue"], "mismatched types")
        self.fails("unknown_name + 1", "E0425", "unknown_name")

    def test_variables_outlive_a_failure(self):
        self.book.run("let kept = vec![1.0, 2.0];")
        self.fails('panic!("x")', "panic")
        self.fails("kept.nonsense()", "E0599")
        self.assertEqual(self.book.run("kept").value, "[1.0, 2.0]")

    def test_a_caught_panic_is_not_an_error(self):
        code = 'let caught = std::panic::catch_unwind(|| panic!("inside")).is_err();\ncaught'
        outcome = self.book.run(code)
        self.assertEqual((outcome.status, outcome.value), ("ok", "true"))
        self.assertIn("inside", outcome.stream("stderr"))

    def test_cells_sent_behind_a_failure_do_not_run(self):
        asked = [self.book.send(code) for code in ['panic!("first")', "1 + 1", "2 + 2"]]
        statuses = [self.book.collect(a).status for a in asked]
        self.assertEqual(statuses, ["error", "aborted", "aborted"])
        self.assertEqual(self.book.run("3 + 3").value, "6")

    def test_a_process_that_dies_is_told(self):
        self.fails("std::process::abort();", "ProcessEnded", "signal: 6", "variables are lost")
        self.assertEqual(self.book.run("5 + 5").value, "10")

    def test_standard_input_is_refused(self):
        code = "let mut line = String::new(); std::io::stdin().read_line(&mut line)?;"
        self.fails(code, "Refused", "cannot read standard input")

    # Interrupts.

    def test_an_interrupt_keeps_the_variables(self):
        self.book.run("let before = 7;")
        code = """
            let mut bar = kinglet::display::ProgressBar::new("sweeps");
            let mut done = 0u64;
            while bar.report(done, None, 1.0).is_continue() { done += 1; }
            drop(bar);
        """
        asked = self.book.send(code)
        self.book.wait_for_output(asked, lambda m: m["msg_type"] == "update_display_data")
        self.book.manager.interrupt_kernel()
        outcome = self.book.collect(asked, 30)
        self.assertEqual(outcome.reply["ename"], "Interrupted")
        self.assertIn("variables are kept", outcome.account)
        self.assertEqual(self.book.run("before").value, "7")
        self.assertEqual(self.book.run("done > 10").value, "true")

    def test_an_interrupt_stops_a_loop_of_the_crates(self):
        code = """
            let settings: QLearning = QLearning {
                temperature: 0.5, steps: 1_000_000_000_000, exploration: 0.5,
                step_size_power: 0.8, episode_length: 50,
            };
            let mut walk: Xoshiro256PlusPlus = Xoshiro256PlusPlus::seed_from_u64(1);
            let learnt: LearntValues = {
                let mut bar = ProgressBar::new("transitions");
                let mut report = |p: Progress| bar.report(p.done, p.total, p.residual);
                soft_q_learning(&kinglet::envs::fixtures::disc(), &settings, &mut report, &mut walk)?
            };
        """
        asked = self.book.send(code)
        self.book.wait_for_output(asked, lambda m: m["msg_type"] == "update_display_data")
        self.book.manager.interrupt_kernel()
        outcome = self.book.collect(asked, 30)
        self.assertEqual(outcome.reply["ename"], "Interrupted")
        self.assertEqual(self.book.run("learnt.q.dim()").value, "(4, 3)")

    def test_an_interrupt_while_the_cell_is_compiled(self):
        self.book.run("let still = 8;")
        asked = self.book.send('println!("it ran");')
        self.book.wait_for_output(asked, lambda m: m["msg_type"] == "execute_input")
        self.book.manager.interrupt_kernel()
        outcome = self.book.collect(asked, 30)
        self.assertEqual(outcome.reply["ename"], "Interrupted")
        self.assertEqual(outcome.stream("stdout"), "")
        self.assertEqual(self.book.run("still").value, "8")

    def test_a_second_interrupt_ends_the_cell(self):
        self.book.run("let gone = 1;")
        code = 'println!("on"); let mut n = 0u64; loop { n = std::hint::black_box(n + 1); }'
        asked = self.book.send(code)
        self.book.wait_for_output(asked, lambda m: m["msg_type"] == "stream")
        self.book.manager.interrupt_kernel()
        notice = self.book.wait_for_output(asked, lambda m: m["msg_type"] == "stream")
        self.assertIn("Interrupt once more", notice["content"]["text"])
        self.book.manager.interrupt_kernel()
        outcome = self.book.collect(asked, 30)
        self.assertEqual(outcome.reply["ename"], "Interrupted")
        self.assertIn("all variables are lost", outcome.account)
        self.fails("gone", "E0425")
        self.assertEqual(self.book.run("2 * 3").value, "6")

    # The crates.

    def test_statics_and_thread_locals_live_on(self):
        code = "kinglet::session::cells()"
        first, second = (int(self.book.run(code).value) for _ in range(2))
        self.assertEqual(second, first + 1)
        name = "let h = kinglet::display::show_updatable(\"x\");"
        ids = [self.book.run(name).of("display_data")[0]["transient"]["display_id"] for _ in range(2)]
        counts = [int(i.rsplit("-", 1)[1]) for i in ids]
        self.assertEqual(counts[1], counts[0] + 1)

    def test_arrays_and_generators_are_there(self):
        code = """
            use kinglet::{ndarray::{Array1, array}, rand::{RngExt, SeedableRng}, rand_xoshiro::Xoshiro256PlusPlus};
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
            let draws: Array1<f64> = (0..3).map(|_| rng.random::<f64>()).collect();
            let sum = (&draws + &array![1.0, 1.0, 1.0]).sum() - draws.sum();
            assert!((sum - 3.0).abs() < 1e-12);
            draws.len()
        """
        self.assertEqual(self.book.run(code).value, "3")
        self.assertEqual(self.book.run("draws.dim()").value, "3")

    # The rest of the protocol.

    def ask(self, message):
        return self.book.reply(message)

    def test_is_complete(self):
        client = self.book.client
        for code, status in [("let x = 1;", "complete"), ("for i in 0..3 {", "incomplete"), ("f(]", "invalid")]:
            self.assertEqual(self.ask(client.is_complete(code))["status"], status)

    def test_completion_knows_variables_and_types(self):
        self.book.run("let numbers = vec![3.0, 1.0];")
        code = "let é = 1; numbers.is_em"
        reply = self.ask(self.book.client.complete(code, len(code)))
        self.assertTrue(any("is_empty" in m for m in reply["matches"]), reply)
        self.assertEqual(code[reply["cursor_start"] : reply["cursor_end"]], "is_em")

    def test_inspection_shows_documentation(self):
        code = "kinglet::display::show"
        reply = self.ask(self.book.client.inspect(code, len(code) - 2))
        self.assertTrue(reply["found"])
        self.assertIn("Displays a value", reply["data"]["text/plain"])

    def test_kernel_info_names_rust(self):
        info = self.ask(self.book.client.kernel_info())
        self.assertEqual(info["language_info"]["name"], "rust")
        self.assertEqual(info["implementation"], "kinglet")

    def test_only_signed_messages_are_answered(self):
        info = self.book.manager.get_connection_info()
        context = zmq.Context.instance()
        for key, answered in [(b"", False), (b"wrong", False), (info["key"], True)]:
            shell = context.socket(zmq.DEALER)
            shell.connect(f"tcp://{info['ip']}:{info['shell_port']}")
            Session(key=key).send(shell, "kernel_info_request", {})
            self.assertEqual(bool(shell.poll(1000)), answered, key)
            shell.close(0)

    def test_only_the_loopback_listens(self):
        with open("/proc/net/tcp") as file:
            listening = file.read().splitlines()[1:]
        ports = {self.book.manager.get_connection_info()[f"{n}_port"] for n in ["shell", "iopub", "control", "stdin", "hb"]}
        found = 0
        for line in listening:
            address, port = line.split()[1].split(":")
            if int(port, 16) in ports and line.split()[3] == "0A":
                found += 1
                self.assertEqual(address, "0100007F")
        self.assertEqual(found, 5)

    def test_cells_are_compiled_with_the_versions_of_the_workspace(self):
        # Whatever newer ones the user's cargo has fetched: another version would be another prelude.
        tools = os.environ.get("KINGLET_TOOLS") or os.path.expanduser("~/.cache/kinglet")
        pid = self.book.manager.provisioner.process.pid
        (lock,) = glob.glob(os.path.join(tools, "kernel-*", f"session-{pid}-*", "Cargo.lock"))
        workspace = os.path.join(os.path.dirname(__file__), "..", "..", "Cargo.lock")
        ours, theirs = packages(lock), packages(workspace)
        self.assertIn("rand", {name for name, _ in ours})
        self.assertEqual(ours - theirs - {("ctx", "1.0.0")}, set())

    def test_zz_nothing_was_downloaded(self):
        outcome = self.fails(':dep a-crate-that-nobody-has = "1"', "CompileError")
        self.assertIn("downloads nothing", outcome.account)
        self.assertEqual(self.downloads.connections, 0)
        self.assertEqual(self.downloads.asked_of_rustup(), [])


class Lives(unittest.TestCase):
    """A kernel's start and end."""

    def open(self, **options):
        book = Notebook(**options)
        self.addCleanup(book.close)
        return book

    def test_ready_before_the_context_and_gone_without_a_trace(self):
        book = Notebook()
        self.assertLess(book.ready, 3)
        self.assertEqual(book.run("6 * 7").value, "42")
        kernel = book.manager.provisioner.process.pid
        children = descendants(kernel)
        self.assertGreaterEqual(len(children), 2)
        book.close()
        time.sleep(0.5)
        self.assertEqual([p for p in children if os.path.exists(f"/proc/{p}")], [])

    def test_two_kernels_at_once(self):
        books = [self.open(), self.open()]
        asked = [book.send(f"let n = {i};\nn") for i, book in enumerate(books)]
        values = [book.collect(a).value for book, a in zip(books, asked)]
        self.assertEqual(values, ["0", "1"])

    def test_a_killed_kernel_takes_its_cells_along(self):
        book = Notebook()
        asked = book.send('println!("on"); loop { std::hint::black_box(1); }')
        book.wait_for_output(asked, lambda m: m["msg_type"] == "stream")
        children = descendants(book.manager.provisioner.process.pid)
        book.manager.provisioner.process.kill()
        end = time.monotonic() + 10
        while any(os.path.exists(f"/proc/{p}") for p in children) and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual([p for p in children if os.path.exists(f"/proc/{p}")], [])
        book.client.stop_channels()

    def test_a_workspace_that_is_gone_is_told(self):
        book = self.open(env={"KINGLET_WORKSPACE": "/nowhere"})
        outcome = book.run("1")
        self.assertEqual(outcome.reply["ename"], "KernelNotReady")
        self.assertIn("/nowhere", outcome.account)

    @unittest.skipIf(
        os.path.exists(os.path.join(subprocess.check_output(["rustc", "--print", "sysroot"], text=True).strip(), "lib/rustlib/src")),
        "the toolchain has rust-src",
    )
    def test_missing_sources_are_told_and_not_fetched(self):
        downloads = Downloads()
        book = self.open(env={**downloads.env(), "RUST_SRC_PATH": "/nowhere"})
        outcome = book.run("let n: usize = vec![1, 2].len();\nn")
        self.assertEqual(outcome.value, "2")
        self.assertIn("rustup component add rust-src", outcome.stream("stderr"))
        guessed = book.run("let m = vec![1, 2].len();")
        self.assertEqual(guessed.status, "error")
        self.assertIn("RUST_SRC_PATH", guessed.account)
        self.assertEqual((downloads.connections, downloads.asked_of_rustup()), (0, []))


def packages(lock):
    """The names and versions in a lock file."""
    with open(lock, "rb") as file:
        return {(package["name"], package["version"]) for package in tomllib.load(file)["package"]}


def descendants(pid):
    """All processes below one."""
    found = []
    for line in subprocess.check_output(["ps", "-eo", "pid=,ppid="], text=True).splitlines():
        child, parent = map(int, line.split())
        if parent == pid:
            found += [child, *descendants(child)]
    return found


if __name__ == "__main__":
    result = unittest.main(verbosity=2, warnings="ignore", exit=False).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed - len(result.skipped)} passed, {failed} failed")
    sys.exit(failed > 0)
