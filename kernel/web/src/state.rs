//! What every handler is given: the database, the home, the settings, the messages.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};

use kernel_base::{Error, Home, Result};
use kernel_db::{Db, Tx};
use kernel_org::reads;

use crate::{Bucket, LimitSettings, Messages, NavItem, Secrets, WebConfig, limits::Limits};

/// The state of every router: `Router<Web>`. Cheap to clone.
#[derive(Clone)]
pub struct Web {
    pub db: Db,
    /// The tenant that this server answers for.
    pub home: Home,
    pub config: Arc<WebConfig>,
    pub messages: Arc<Messages>,
    pub(crate) secrets: Secrets,
    pub(crate) limits: Arc<Limits>,
    pub(crate) nav: Arc<Vec<NavItem>>,
    extensions: Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Web {
    pub fn new(db: Db, home: Home, config: WebConfig, secrets: Secrets, messages: Messages) -> Self {
        Self {
            db,
            home,
            limits: Arc::new(Limits::new(&config.limits)),
            config: Arc::new(config),
            messages: Arc::new(messages),
            secrets,
            nav: Arc::default(),
            extensions: Arc::default(),
        }
    }

    /// Adds a service for handlers, by type: the file store, the inspector.
    #[must_use]
    pub fn with_extension<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        Arc::make_mut(&mut self.extensions).insert(TypeId::of::<T>(), Arc::new(service));
        self
    }

    /// Adds links to the header of every page.
    #[must_use]
    pub fn with_nav(mut self, items: impl IntoIterator<Item = NavItem>) -> Self {
        Arc::make_mut(&mut self.nav).extend(items);
        self
    }

    /// Other limits on attempts than those of the settings; what was counted before is forgotten.
    #[must_use]
    pub fn with_limits(mut self, limits: &LimitSettings) -> Self {
        self.limits = Arc::new(Limits::new(limits));
        self
    }

    /// The service given by [`Web::with_extension`].
    ///
    /// # Errors
    /// `Internal` when none was given: a defect of the start-up code.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Result<Arc<T>> {
        let service = self.extensions.get(&TypeId::of::<T>()).cloned();
        service
            .and_then(|any| any.downcast::<T>().ok())
            .ok_or_else(|| Error::internal(format!("no extension {}", std::any::type_name::<T>())))
    }

    /// As [`Web::extension`], for a service that an installation may be without.
    pub fn optional<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        let service = self.extensions.get(&TypeId::of::<T>()).cloned();
        service.and_then(|any| any.downcast::<T>().ok())
    }

    /// Runs a use case in a write transaction of this home; see [`Db::write`]. Reads of people's data that it tells of
    /// are written with it.
    ///
    /// # Errors
    /// Those of the use case and of the database.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let written = move |tx: &mut Tx<'_>| {
            let value = f(tx)?;
            let told = reads::told(tx);
            reads::append(tx, &told)?;
            Ok(value)
        };
        self.db.write(&self.home, written).await
    }

    /// Runs a question in a read transaction of this home; see [`Db::read`]. Reads of people's data that it tells of
    /// are durable before the answer is given; when they cannot be written, there is no answer.
    ///
    /// # Errors
    /// Those of the question and of the database.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let question = move |tx: &mut Tx<'_>| {
            let value = f(tx)?;
            Ok((value, reads::told(tx)))
        };
        let (value, told) = self.db.read(&self.home, question).await?;
        if !told.is_empty() {
            self.db.write(&self.home, move |tx| reads::append(tx, &told)).await?;
        }
        Ok(value)
    }

    /// Counts one attempt in `bucket` for `key` (an address, an account).
    ///
    /// # Errors
    /// `TooMany` when the key has used up its attempts; says after how many seconds to come back.
    pub fn limit(&self, bucket: Bucket, key: &str) -> Result<()> {
        self.limits.check(bucket, key)
    }
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Web").field("home", &self.home).field("config", &self.config).finish_non_exhaustive()
    }
}
