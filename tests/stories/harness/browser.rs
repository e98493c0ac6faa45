//! Debian's chromium, led by its chromedriver.

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::{NOBODY, Person, Town};

/// A browser of one test; it ends with the test.
pub(crate) struct Browser {
    pub(crate) page: Client,
    base: String,
    driver: Child,
    port: u16,
    session: String,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Also when the test failed: the driver ends the browser that it started, then itself is ended.
        let end = format!("DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.session);
        if let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", self.port)) {
            drop(stream.set_read_timeout(Some(Duration::from_secs(10))));
            drop(stream.write_all(end.as_bytes()));
            drop(stream.read(&mut [0; 256]));
        }
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

impl Browser {
    /// A window of this width; without JavaScript the site is as a feature phone or a strict office sees it.
    pub(crate) async fn open(base: &str, width: u32, javascript: bool) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver (apt-get install chromium-driver)");
        let block = if javascript { 1 } else { 2 };
        let window = format!("--window-size={width},800");
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", window],
            "prefs": { "profile.managed_default_content_settings.javascript": block },
            "mobileEmulation": { "deviceMetrics": { "width": width, "height": 800, "pixelRatio": 1.0, "touch": false } },
        });
        let capabilities = json!({ "goog:chromeOptions": options, "browserName": "chrome" });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().unwrap().clone());
        let mut tries = 0;
        let page = loop {
            match builder.connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(page) => break page,
                Err(refused) => assert!(tries < 40, "chromedriver does not answer: {refused}"),
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(250)).await;
        };
        let session = page.session_id().await.unwrap().unwrap();
        Self { page, base: base.to_owned(), driver, port, session }
    }

    pub(crate) async fn go(&self, path: &str) {
        self.page.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// A citizen signs in with the code sent to this phone or mailbox; who sat here before has left nothing behind.
    pub(crate) async fn sign_in(&self, town: &Town, contact: &str) {
        self.page.delete_all_cookies().await.unwrap();
        self.go("/sign-in").await;
        self.prove(town, contact).await;
    }

    /// Answers the sign-in page that is open.
    pub(crate) async fn prove(&self, town: &Town, contact: &str) {
        self.fill("input[name=contact]", contact).await;
        self.follow("main form button[type=submit]").await;
        let mailbox = town.get(&NOBODY, "/demo/mailbox").await.text();
        let at = mailbox.find("của bạn là ").unwrap() + "của bạn là ".len();
        self.fill("input[name=code]", &mailbox[at..at + 6]).await;
        self.follow("main form button[type=submit]").await;
    }

    /// An officer signs in; who sat here before has left nothing behind.
    pub(crate) async fn sign_in_officer(&self, town: &Town, account: &str) {
        self.page.delete_all_cookies().await.unwrap();
        self.go("/staff/sign-in").await;
        self.fill("input[name=account]", account).await;
        self.fill("input[name=password]", chuyendong::demo::PASSWORD).await;
        self.fill("input[name=totp]", &town.code(account)).await;
        self.follow("main form button[type=submit]").await;
    }

    /// Whoever is signed in, as the cookies of this browser say.
    pub(crate) async fn who(&self) -> Person {
        let jar = self.page.get_all_cookies().await.unwrap();
        let pairs: Vec<String> = jar.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        Person { cookies: pairs.join("; "), ..Person::default() }
    }

    /// Where a link of the page leads.
    pub(crate) async fn href(&self, selector: &str) -> String {
        match self.page.find(Self::css(selector)).await {
            Ok(link) => link.attr("href").await.unwrap().unwrap(),
            Err(none) => panic!("no {selector} on {}: {none}", self.path().await),
        }
    }

    /// Puts a file of this machine into the field for files.
    pub(crate) async fn attach(&self, file: &std::path::Path) {
        let input = self.page.find(Self::css("input[type=file]")).await.unwrap();
        input.send_keys(file.to_str().unwrap()).await.unwrap();
    }

    /// Puts a value into the control of this name, whatever kind it is; a control that is not on the page is left out.
    pub(crate) async fn put(&self, name: &str, value: &Value) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if self.has(&format!("input[type=radio][name='{name}']")).await {
            self.click(&format!("input[type=radio][name='{name}'][value='{text}']")).await;
        } else if self.has(&format!("select[name='{name}']")).await {
            self.choose(&format!("select[name='{name}']"), &text).await;
        } else if self.has(&format!("[name='{name}.year']")).await {
            for (part, digits) in ["year", "month", "day"].iter().zip(text.split('-')) {
                self.fill(&format!("[name='{name}.{part}']"), digits).await;
            }
        } else if self.has(&format!("[name='{name}']")).await {
            self.fill(&format!("[name='{name}']"), &text).await;
        }
    }

    /// Path of the page that is open.
    pub(crate) async fn path(&self) -> String {
        let url = self.page.current_url().await.unwrap();
        url.path().to_owned()
    }

    #[track_caller]
    pub(crate) fn css(selector: &str) -> Locator<'_> {
        Locator::Css(selector)
    }

    pub(crate) async fn has(&self, selector: &str) -> bool {
        self.page.find(Self::css(selector)).await.is_ok()
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        match self.page.find(Self::css(selector)).await {
            Ok(element) => element.text().await.unwrap(),
            Err(none) => panic!("no {selector} on {}: {none}", self.path().await),
        }
    }

    pub(crate) async fn click(&self, selector: &str) {
        match self.page.find(Self::css(selector)).await {
            Ok(element) => element.click().await.unwrap(),
            Err(none) => panic!("no {selector} on {}: {none}", self.path().await),
        }
    }

    /// Clicks what leads to another page and waits until it has come.
    pub(crate) async fn follow(&self, selector: &str) {
        let before = self.page.find(Self::css("html")).await.unwrap();
        self.click(selector).await;
        for _ in 0..200 {
            if before.attr("lang").await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} on {} leads nowhere: {}", self.path().await, self.text("main").await);
    }

    /// Types into a field, in place of what stands there.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let element = self.page.find(Self::css(selector)).await.unwrap();
        if element.prop("value").await.ok().flatten().is_some_and(|value| !value.is_empty()) {
            element.clear().await.unwrap();
        }
        if let Err(refused) = element.send_keys(text).await {
            panic!("{selector} on {} takes no text: {refused}", self.path().await);
        }
    }

    /// Chooses an option of a list by its value.
    pub(crate) async fn choose(&self, selector: &str, value: &str) {
        self.page.find(Self::css(selector)).await.unwrap().select_by_value(value).await.unwrap();
    }

    /// The page is not wider than the window: nothing has to be scrolled sideways.
    pub(crate) async fn assert_fits(&self, width: u32) {
        let html = self.page.find(Self::css("html")).await.unwrap();
        let (_, _, page_width, _) = html.rectangle().await.unwrap();
        assert!(page_width <= f64::from(width) + 0.5, "{} is {page_width} pixels wide", self.path().await);
    }
}
