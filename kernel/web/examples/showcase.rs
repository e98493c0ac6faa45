//! Serves the kernel's own pages on http://127.0.0.1:8099 for looking at them: `/demo/components`, `/sign-in`, ...

use std::{net::SocketAddr, sync::Arc};

use kernel_base::{Home, Instant, MockClock};
use kernel_db::{Db, DbOptions};
use kernel_web::{Audience, Messages, NavItem, Secrets, Web, WebConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let start = Instant::parse("2021-07-26T08:00").ok_or("no instant")?;
    let url = format!("sqlite:{}", folder.path().join("showcase.db").display());
    let db = Db::open(DbOptions::new(url, Arc::new(MockClock::at(start))))?;
    db.migrate(&[kernel_ledger::MIGRATIONS, kernel_org::MIGRATIONS, kernel_web::MIGRATIONS].concat())?;
    let home = Home::parse("H47").ok_or("no home")?;
    let config = WebConfig::demo("http://127.0.0.1:8099");
    let messages = Messages::load(&[kernel_web::MESSAGES])?;
    let link = |key, href| NavItem { key, href, audience: Audience::Everyone };
    let web = Web::new(db, home, config, Secrets::random()?, messages)
        .with_nav([link("web.layout.accessibility", "/accessibility"), link("web.mailbox.title", "/demo/mailbox")]);
    let router = kernel_web::finish(kernel_web::routes().merge(kernel_web::demo_routes()), web);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8099").await?;
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
