//! A browser without a window, driven over `WebDriver`: a few requests of HTTP, so a socket is enough.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use serde_json::{Value, json};

/// A page that takes longer than this is broken.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Browser {
    driver: Child,
    /// Kept open, for the driver writes to it.
    _said: BufReader<ChildStdout>,
    port: u16,
    session: String,
    profile: PathBuf,
}

impl Browser {
    /// `None` if there is no browser, or nothing to drive it with.
    pub(crate) fn start() -> Option<Self> {
        let chromium = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(found)?;
        let driver = Command::new(found("chromedriver")?)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From here on it is ended, whatever happens.
        let mut browser = Self::of(driver);
        browser.port = browser.read_port();
        let profile = browser.profile.display();
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,900",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={profile}"));
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "binary": chromium, "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let session = browser.post("/session", &wanted);
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        // What it did before it was asked for anything: it opens a page of its own.
        browser.session("url", &json!({ "url": "about:blank" }));
        browser.log("browser");
        browser.log("performance");
        Some(browser)
    }

    fn of(mut driver: Child) -> Self {
        let said = BufReader::new(driver.stdout.take().unwrap());
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("stepper-profile-{}", process::id()));
        Self {
            driver,
            _said: said,
            port: 0,
            session: String::new(),
            profile,
        }
    }

    /// The driver says it in words: `.. started successfully on port 12345.`
    fn read_port(&mut self) -> u16 {
        let mut line = String::new();
        while self._said.read_line(&mut line).unwrap() > 0 {
            if let Some((_, rest)) = line.rsplit_once("successfully on port ") {
                return rest.trim_end().trim_end_matches('.').parse().unwrap();
            }
            line.clear();
        }
        panic!("the driver names no port")
    }

    pub(crate) fn open(&self, page: &Path, hash: &str) {
        // From another page: between two moments of one nothing would be loaded.
        self.session("url", &json!({ "url": "about:blank" }));
        let url = format!("file://{}{hash}", page.display());
        self.session("url", &json!({ "url": url }));
    }

    /// What the body of a function returns, in the page.
    pub(crate) fn script(&self, body: &str, arguments: &[Value]) -> Value {
        self.session(
            "execute/sync",
            &json!({ "script": body, "args": arguments }),
        )
    }

    pub(crate) fn text(&self, selector: &str) -> String {
        let body = "return document.querySelector(arguments[0]).textContent";
        let text = self.script(body, &[selector.into()]);
        text.as_str().unwrap().to_owned()
    }

    /// A click where a mouse would click: the element has to be there, and uncovered.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.session(
            "element",
            &json!({ "using": "css selector", "value": selector }),
        );
        let id = element.as_object().unwrap().values().next().unwrap();
        let path = format!("element/{}/click", id.as_str().unwrap());
        self.session(&path, &json!({}));
    }

    /// Presses keys, one after the other, those of `held` meanwhile.
    pub(crate) fn press(&self, held: &str, keys: &str) {
        let act = |kind: &str, key: char| json!({ "type": kind, "value": key.to_string() });
        let mut actions: Vec<Value> = held.chars().map(|key| act("keyDown", key)).collect();
        for key in keys.chars() {
            actions.extend([act("keyDown", key), act("keyUp", key)]);
        }
        actions.extend(held.chars().map(|key| act("keyUp", key)));
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.session("actions", &json!({ "actions": [keyboard] }));
    }

    /// Has the browser pretend: a theme, a size.
    pub(crate) fn emulate(&self, command: &str, parameters: &Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.session("goog/cdp/execute", &body);
    }

    /// What it has logged since it was asked last.
    pub(crate) fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.session("se/log", &json!({ "type": kind }));
        entries.as_array().unwrap().clone()
    }

    /// Waits until a script returns true.
    pub(crate) fn until(&self, body: &str, arguments: &[Value]) {
        let begun = Instant::now();
        while self.script(body, arguments) != Value::Bool(true) {
            assert!(
                begun.elapsed() < PATIENCE,
                "never true: {body} {arguments:?}"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn session(&self, path: &str, body: &Value) -> Value {
        self.post(&format!("/session/{}/{path}", self.session), body)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.request("POST", path, &body.to_string()).unwrap();
        let mut answer: Value = serde_json::from_str(&answer).expect("an answer in JSON");
        let value = answer["value"].take();
        assert!(value["error"].is_null(), "{path}: {value:#}");
        value
    }

    fn request(&self, method: &str, path: &str, body: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = BufReader::new(stream);
        let mut status = String::new();
        answer.read_line(&mut status)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            answer.read_line(&mut header)?;
            match header.trim_end().to_ascii_lowercase().split_once(':') {
                Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
                None => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        String::from_utf8(body).map_err(std::io::Error::other)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser, and then the driver; whatever fails here, nobody is left to be told.
        let _ = self.request("GET", "/shutdown", "");
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}

fn found(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}
