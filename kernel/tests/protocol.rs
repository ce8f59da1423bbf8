//! The kernel's sockets: what is answered at once, what is refused, how it ends.
//!
//! Started without a folder of its own, the kernel has no evaluator and says so; everything that
//! needs none is answered all the same.

use std::{
    net::TcpListener,
    path::Path,
    thread::{self, JoinHandle},
    time::Duration,
};

use jupyter_protocol::{
    ConnectionInfo, ExecuteRequest, IsCompleteReplyStatus, IsCompleteRequest, JupyterMessage,
    JupyterMessageContent as Content, KernelInfoRequest, ReplyStatus, ShutdownRequest, Transport,
};
use jupyter_zmq_client::{
    ClientShellConnection, create_client_shell_connection_with_identity, peer_identity_for_session,
};
use kinglet_kernel::server::serve;
use tempfile::TempDir;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);
const SILENCE: Duration = Duration::from_millis(700);

/// A connection to ports that are free now.
fn connection() -> ConnectionInfo {
    let listeners: [TcpListener; 5] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    let [shell_port, iopub_port, stdin_port, control_port, hb_port] =
        listeners.map(|listener| listener.local_addr().unwrap().port());
    ConnectionInfo {
        ip: "127.0.0.1".into(),
        transport: Transport::TCP,
        shell_port,
        iopub_port,
        stdin_port,
        control_port,
        hb_port,
        key: "a key that only the two know".into(),
        signature_scheme: "hmac-sha256".into(),
        kernel_name: None,
    }
}

/// A kernel in a thread of this process.
fn start(folder: &Path, info: &ConnectionInfo) -> JoinHandle<()> {
    let file = folder.join("connection.json");
    std::fs::write(&file, serde_json::to_string(info).unwrap()).unwrap();
    let kernel = thread::spawn(move || serve(&file).unwrap());
    while std::net::TcpStream::connect(("127.0.0.1", info.iopub_port)).is_err() {
        assert!(!kernel.is_finished());
        thread::sleep(Duration::from_millis(10));
    }
    kernel
}

async fn client(info: &ConnectionInfo, session: &str) -> ClientShellConnection {
    let identity = peer_identity_for_session(session).unwrap();
    create_client_shell_connection_with_identity(info, session, identity)
        .await
        .unwrap()
}

async fn ask(shell: &mut ClientShellConnection, content: impl Into<Content>) -> Content {
    shell
        .send(JupyterMessage::new(content, None))
        .await
        .unwrap();
    timeout(PATIENCE, shell.read())
        .await
        .expect("no reply")
        .unwrap()
        .content
}

fn block_on(task: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(task);
}

#[test]
fn what_needs_no_evaluator_is_answered_and_a_shutdown_ends_the_kernel() {
    let (folder, info) = (TempDir::new().unwrap(), connection());
    let kernel = start(folder.path(), &info);
    block_on(async {
        let mut shell = client(&info, "one").await;
        let Content::KernelInfoReply(reply) = ask(&mut shell, KernelInfoRequest {}).await else {
            panic!("no kernel info")
        };
        assert_eq!(reply.implementation, "kinglet");
        let asked = IsCompleteRequest {
            code: "fn f() {".into(),
        };
        let Content::IsCompleteReply(reply) = ask(&mut shell, asked).await else {
            panic!("no answer")
        };
        assert_eq!(reply.status, IsCompleteReplyStatus::Incomplete);
        let Content::ExecuteReply(reply) = ask(&mut shell, ExecuteRequest::new("1".into())).await
        else {
            panic!("no answer")
        };
        assert_eq!(reply.status, ReplyStatus::Error);
        assert_eq!(reply.error.unwrap().ename, "KernelNotReady");
        let asked = ShutdownRequest { restart: false };
        assert!(matches!(
            ask(&mut shell, asked).await,
            Content::ShutdownReply(_)
        ));
    });
    kernel.join().unwrap();
}

#[test]
fn messages_with_another_signature_or_none_are_not_answered() {
    let (folder, info) = (TempDir::new().unwrap(), connection());
    let kernel = start(folder.path(), &info);
    block_on(async {
        for key in ["", "another key"] {
            let wrong = ConnectionInfo {
                key: key.into(),
                ..info.clone()
            };
            let mut shell = client(&wrong, "two").await;
            shell
                .send(JupyterMessage::new(KernelInfoRequest {}, None))
                .await
                .unwrap();
            shell
                .send(JupyterMessage::new(
                    ShutdownRequest { restart: false },
                    None,
                ))
                .await
                .unwrap();
            assert!(
                timeout(SILENCE, shell.read()).await.is_err(),
                "{key:?} was answered"
            );
        }
        assert!(!kernel.is_finished());
        let mut shell = client(&info, "three").await;
        let asked = ShutdownRequest { restart: true };
        let Content::ShutdownReply(reply) = ask(&mut shell, asked).await else {
            panic!("no answer")
        };
        assert!(reply.restart);
    });
    kernel.join().unwrap();
}
