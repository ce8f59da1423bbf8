//! The sockets: what comes in is checked and given to whom it concerns, what goes out is signed.

use std::{
    future::pending,
    net::IpAddr,
    os::unix::process::parent_id,
    path::Path,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use jupyter_protocol::{
    CommInfoReply, ConnectionInfo, HistoryReply, InterruptReply, JupyterMessage,
    JupyterMessageContent as Content, ShutdownReply, Status, StreamContent, Transport,
};
use jupyter_zmq_client::{
    KernelHeartbeatConnection, KernelIoPubConnection, KernelShellConnection, KernelStdinConnection,
    RuntimeError, create_kernel_control_connection, create_kernel_heartbeat_connection,
    create_kernel_iopub_connection, create_kernel_shell_connection, create_kernel_stdin_connection,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::sleep,
};

use crate::{
    complete::is_complete,
    info::kernel_info,
    interrupt::{Answer, Interrupt},
    worker::{self, Answers, Task},
};

/// How long the worker may take to end before the kernel ends without it.
const GRACE: Duration = Duration::from_millis(2500);
/// How long a cell that was asked to stop may go on before the user is told about it.
const NOTICE: Duration = Duration::from_millis(1500);
/// How long the last messages may take to leave.
const FAREWELL: Duration = Duration::from_millis(100);

/// Serves the connection that a file describes until the kernel is shut down.
///
/// # Errors
/// The file cannot be read, the connection is not one that this kernel accepts, or a port is
/// taken.
pub fn serve(connection_file: &Path) -> Result<()> {
    let text = std::fs::read_to_string(connection_file)
        .with_context(|| format!("the connection file {}", connection_file.display()))?;
    let info: ConnectionInfo = serde_json::from_str(&text)
        .with_context(|| format!("the connection file {}", connection_file.display()))?;
    check(&info)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve_connection(&info))
}

/// Whether this kernel accepts a connection: local, and with signatures.
///
/// # Errors
/// What it does not accept of it.
pub fn check(info: &ConnectionInfo) -> Result<()> {
    ensure!(
        info.transport == Transport::TCP,
        "this kernel speaks TCP only"
    );
    let address: Result<IpAddr, _> = info.ip.parse();
    ensure!(
        address.is_ok_and(|address| address.is_loopback()),
        "this kernel binds to a loopback address only, such as 127.0.0.1, not to {:?}",
        info.ip
    );
    ensure!(
        info.signature_scheme == "hmac-sha256",
        "this kernel signs with hmac-sha256, not with {:?}",
        info.signature_scheme
    );
    ensure!(
        !info.key.is_empty(),
        "this kernel takes signed messages only, and there is no key"
    );
    Ok(())
}

/// What the tasks that read a socket share.
#[derive(Clone, Debug)]
struct Shared {
    tasks: mpsc::Sender<Task>,
    iopub: UnboundedSender<JupyterMessage>,
    interrupt: Arc<Interrupt>,
    shut: UnboundedSender<()>,
}

async fn serve_connection(info: &ConnectionInfo) -> Result<()> {
    let session = format!("kinglet-{}", std::process::id());
    let heartbeat = create_kernel_heartbeat_connection(info).await?;
    let shell = create_kernel_shell_connection(info, &session).await?;
    let control = create_kernel_control_connection(info, &session).await?;
    let stdin = create_kernel_stdin_connection(info, &session).await?;
    let iopub = create_kernel_iopub_connection(info, &session).await?;

    let (publish, published) = unbounded_channel();
    let (tasks, received) = mpsc::channel();
    let (shut, mut shutting) = unbounded_channel();
    let shared = Shared {
        tasks,
        iopub: publish,
        interrupt: Arc::default(),
        shut,
    };
    tokio::spawn(beat(heartbeat));
    tokio::spawn(publish_all(iopub, published));
    tokio::spawn(ignore(stdin));
    let replies = route(shell, &shared);
    route(control, &shared);
    // Nobody may listen yet.
    let _ = shared
        .iopub
        .send(JupyterMessage::new(Status::starting(), None));
    let answers = shared.answers(replies);
    let interrupt = Arc::clone(&shared.interrupt);
    let worker = thread::spawn(move || worker::run(received, answers, interrupt));

    tokio::select! {
        _ = shutting.recv() => {}
        () = orphaned() => {}
        () = signalled(&shared) => {}
    }
    sleep(FAREWELL).await;
    // The worker may have ended already.
    let _ = shared.tasks.send(Task::Quit);
    let start = Instant::now();
    while !worker.is_finished() && start.elapsed() < GRACE {
        shared.interrupt.kill_running();
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Reads a socket, and writes the replies that the returned sender is given.
fn route(connection: KernelShellConnection, shared: &Shared) -> UnboundedSender<JupyterMessage> {
    let (mut writer, mut reader) = connection.split();
    let (replies, mut to_write) = unbounded_channel::<JupyterMessage>();
    tokio::spawn(async move {
        while let Some(reply) = to_write.recv().await {
            if let Err(error) = writer.send(reply).await {
                eprintln!("a reply could not be sent: {error}");
            }
        }
    });
    let (shared, answers) = (shared.clone(), shared.answers(replies.clone()));
    tokio::spawn(async move {
        loop {
            match reader.read().await {
                Ok(message) => shared.handle(message, &answers),
                Err(error) => refuse(&error).await,
            }
        }
    });
    replies
}

/// A message without the right signature, or that is none, is not answered.
async fn refuse(error: &RuntimeError) {
    match error {
        RuntimeError::VerifyError(_) => eprintln!("refused a message with a wrong signature"),
        error => eprintln!("refused a message: {error}"),
    }
    // A socket that is broken must not keep the processor busy.
    sleep(Duration::from_millis(1)).await;
}

impl Shared {
    fn answers(&self, shell: UnboundedSender<JupyterMessage>) -> Answers {
        let iopub = self.iopub.clone();
        Answers { shell, iopub }
    }

    /// Answers at once what needs no evaluator; the rest is the worker's.
    fn handle(&self, message: JupyterMessage, answers: &Answers) {
        let task = match message.content.clone() {
            Content::ExecuteRequest(asked) => Task::Execute(Box::new(message), asked),
            Content::CompleteRequest(asked) => Task::Complete(Box::new(message), asked),
            Content::InspectRequest(asked) => Task::Inspect(Box::new(message), asked),
            content => {
                answers.busy(&message);
                if let Some(reply) = self.reply(&content) {
                    answers.reply(reply, &message);
                }
                answers.idle(&message);
                if matches!(content, Content::ShutdownRequest(_)) {
                    // Sent twice, it shuts down once.
                    let _ = self.shut.send(());
                }
                return;
            }
        };
        // The worker ends only after everything else.
        let _ = self.tasks.send(task);
    }

    fn reply(&self, content: &Content) -> Option<Content> {
        Some(match content {
            Content::KernelInfoRequest(_) => kernel_info().into(),
            Content::IsCompleteRequest(asked) => is_complete(&asked.code).into(),
            Content::CommInfoRequest(_) => CommInfoReply::default().into(),
            Content::HistoryRequest(_) => HistoryReply::default().into(),
            Content::InterruptRequest(_) => {
                self.interrupted();
                InterruptReply::default().into()
            }
            Content::ShutdownRequest(asked) => {
                let restart = asked.restart;
                ShutdownReply {
                    restart,
                    ..ShutdownReply::default()
                }
                .into()
            }
            _ => return None,
        })
    }

    /// Interrupts the running cell, and tells the user where it does not stop.
    fn interrupted(&self) {
        let Answer::Asked(cell) = self.interrupt.request() else {
            return;
        };
        let shared = self.clone();
        tokio::spawn(async move {
            sleep(NOTICE).await;
            if let Some(request) = shared.interrupt.still_in(cell) {
                let notice = StreamContent::stderr(GOES_ON);
                let _ = shared
                    .iopub
                    .send(JupyterMessage::new(notice, Some(&request)));
            }
        });
    }
}

const GOES_ON: &str = "\
The cell has been asked to stop and goes on: only a loop that reports its progress can stop. \
Interrupt once more to end it; all variables will be lost.
";

async fn beat(mut heartbeat: KernelHeartbeatConnection) {
    loop {
        if let Err(error) = heartbeat.single_heartbeat().await {
            refuse(&error).await;
        }
    }
}

async fn publish_all(
    mut iopub: KernelIoPubConnection,
    mut messages: UnboundedReceiver<JupyterMessage>,
) {
    while let Some(message) = messages.recv().await {
        if let Err(error) = iopub.send(message).await {
            eprintln!("output could not be sent: {error}");
        }
    }
}

/// The kernel asks for no input, so nothing that comes in here is an answer.
async fn ignore(mut stdin: KernelStdinConnection) {
    loop {
        if let Err(error) = stdin.read().await {
            refuse(&error).await;
        }
    }
}

/// Waits until the program that started the kernel has ended without shutting it down.
async fn orphaned() {
    let parent = parent_id();
    while parent_id() == parent {
        sleep(Duration::from_secs(1)).await;
    }
}

/// Waits for the signal to end; on the way, takes the signal to interrupt.
async fn signalled(shared: &Shared) {
    let signals = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    );
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        return pending().await;
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => shared.interrupted(),
            _ = terminate.recv() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> ConnectionInfo {
        ConnectionInfo {
            ip: "127.0.0.1".into(),
            transport: Transport::TCP,
            shell_port: 1,
            iopub_port: 2,
            stdin_port: 3,
            control_port: 4,
            hb_port: 5,
            key: "secret".into(),
            signature_scheme: "hmac-sha256".into(),
            kernel_name: None,
        }
    }

    #[test]
    fn only_a_local_signed_connection_is_accepted() {
        assert!(check(&connection()).is_ok());
        assert!(
            check(&ConnectionInfo {
                ip: "::1".into(),
                ..connection()
            })
            .is_ok()
        );
        let refused = [
            ConnectionInfo {
                ip: "0.0.0.0".into(),
                ..connection()
            },
            ConnectionInfo {
                ip: "192.168.0.7".into(),
                ..connection()
            },
            ConnectionInfo {
                ip: "localhost.example".into(),
                ..connection()
            },
            ConnectionInfo {
                key: String::new(),
                ..connection()
            },
            ConnectionInfo {
                transport: Transport::IPC,
                ..connection()
            },
            ConnectionInfo {
                signature_scheme: "hmac-md5".into(),
                ..connection()
            },
        ];
        for info in refused {
            assert!(check(&info).is_err(), "{info:?}");
        }
    }
}
