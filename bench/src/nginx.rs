//! nginx with one worker, serving files: the limit of what a web server gives on this machine.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::wire::Asked;

/// A running nginx; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    /// Serves `files` (name and content) from a folder below `folder`.
    pub(crate) fn serving(folder: &Path, files: &[(&str, &[u8])]) -> Self {
        let folder = folder.join("nginx");
        let root = folder.join("www");
        fs::create_dir_all(&root).unwrap();
        for (name, content) in files {
            fs::write(root.join(name), content).unwrap();
        }
        let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let here = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|t| format!("{t}_temp_path {here}/{t}; "))
            .concat();
        // Like ours: no line in a log for each request, connections are kept.
        let settings = format!(
            "daemon off; user root; worker_processes 1; pid {here}/pid; error_log {here}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; {temporary}\n\
             types {{ application/json json; text/html html; }}\n\
             server {{ listen {address}; root {here}/www; }} }}\n"
        );
        fs::write(folder.join("nginx.conf"), settings).unwrap();
        let program = ["/usr/sbin/nginx", "nginx"].into_iter().find(|p| !p.contains('/') || Path::new(p).exists());
        let mut command = Command::new(program.unwrap_or("nginx"));
        command.arg("-p").arg(&folder).arg("-c").arg(folder.join("nginx.conf"));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let own = Self { child: child.expect("nginx (apt-get install nginx-light)"), address };
        for _ in 0..500 {
            if std::net::TcpStream::connect(address).is_ok() {
                return own;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        crate::report::fail("nginx does not answer")
    }

    pub(crate) fn asked(&self, name: &str) -> Asked {
        Asked { address: self.address, path: format!("/{name}") }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its own way to end: the master takes its worker with it.
        drop(Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}
