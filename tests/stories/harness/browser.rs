//! Debian's chromium, led by its chromedriver.

use std::{
    io::{Read, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

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
