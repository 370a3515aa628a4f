//! The connection to the database: opened when it is needed, shared, closed when somebody else needs
//! the database, and opened again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ::idb::event::VersionChangeEvent;
use ::idb::request::{OpenDatabaseRequest, RequestReadyState};
use ::idb::{Database, DatabaseEvent, Event, Factory, ObjectStoreParams, Request, Transaction};
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbTransaction};

use super::exception::{Failure, describe, name, thrown};
use super::waiting::End;
use super::{CHUNKS, CLAIMS, DATA, SEGMENTS};
use crate::Error;
use crate::store::Durability;
use crate::store::reply::{Sender, reply};

/// How long opening may take. No event tells of a database that another page does not let be
/// deleted, and WebKit has been seen not to answer at all.
const OPEN_TIMEOUT_MS: i32 = 10_000;
const VERSION: u32 = 1;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(callback: &Function, timeout_ms: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);

    /// `IDBDatabase` with the options of `transaction`, which neither `idb` nor `web-sys` has.
    type DatabaseWithOptions;
    #[wasm_bindgen(method, catch, structural)]
    fn transaction(
        this: &DatabaseWithOptions,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

/// An open connection.
pub(super) struct Connection {
    database: Database,
    /// The same database: `idb` hands out the one that it wraps only by giving itself up.
    with_options: DatabaseWithOptions,
    /// Tells a connection from the one before it.
    pub(super) id: u32,
    /// Whether there may be chunks, once it was looked: most databases have none.
    pub(super) has_chunks: Cell<Option<bool>>,
    connector: std::rc::Weak<Connector>,
}

impl Connection {
    /// A transaction for reading.
    pub(super) fn reading(&self, stores: &[&str]) -> Result<Transaction, Failure> {
        let transaction = self.transaction(stores, "readonly", Durability::Relaxed)?;
        Ok(transaction.into())
    }

    /// A transaction for writing, and its end.
    pub(super) fn writing(
        &self,
        stores: &[&str],
        durability: Durability,
    ) -> Result<(Transaction, End), Failure> {
        let transaction = self.transaction(stores, "readwrite", durability)?;
        let end = End::of(&transaction);
        Ok((transaction.into(), end))
    }

    fn transaction(
        &self,
        stores: &[&str],
        mode: &str,
        durability: Durability,
    ) -> Result<IdbTransaction, Failure> {
        let stores: Array = stores.iter().map(|name| JsValue::from_str(name)).collect();
        let options = Object::new();
        let durability = match durability {
            Durability::Relaxed => "relaxed",
            Durability::Strict => "strict",
        };
        // Setting an own property of a fresh plain object cannot fail.
        let _ = Reflect::set(&options, &"durability".into(), &durability.into());
        let transaction = self.with_options.transaction(&stores, mode, &options);
        transaction.map_err(|error| self.failed(Failure::of(&error)))
    }

    /// Leaves this connection if it may be dead.
    pub(super) fn failed(&self, failure: Failure) -> Failure {
        if let (Failure::Lost(_), Some(connector)) = (&failure, self.connector.upgrade()) {
            connector.forget(self.id);
        }
        failure
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.close();
        // An event may be on its way: its handler is left to the garbage collector, a dropped one throws.
        self.database.forget_callbacks();
    }
}

/// Opens connections to one database, one at a time.
pub(super) struct Connector {
    name: String,
    current: RefCell<Option<Rc<Connection>>>,
    /// Who waits for the connection that is being opened; `None` if none is.
    waiting: RefCell<Option<Vec<Sender<Opened>>>>,
    last_id: Cell<u32>,
}

type Opened = Result<Rc<Connection>, Error>;

impl Connector {
    pub(super) fn new(name: &str) -> Rc<Self> {
        Rc::new(Self {
            name: name.into(),
            current: RefCell::default(),
            waiting: RefCell::default(),
            last_id: Cell::new(0),
        })
    }

    /// The open connection, or a new one.
    pub(super) async fn connection(self: &Rc<Self>) -> Result<Rc<Connection>, Failure> {
        if let Some(connection) = self.current.borrow().as_ref() {
            return Ok(Rc::clone(connection));
        }
        let opening = self.waiting.borrow_mut().as_mut().map(|waiting| {
            let (sender, receiver) = reply();
            waiting.push(sender);
            receiver
        });
        if let Some(opening) = opening {
            let stopped = || {
                Err(Error::StoreUnavailable {
                    reason: "opening it was given up".into(),
                })
            };
            return opening
                .await
                .unwrap_or_else(stopped)
                .map_err(Failure::Final);
        }
        *self.waiting.borrow_mut() = Some(Vec::new());
        let opened = self.open().await;
        if let Ok(connection) = &opened {
            *self.current.borrow_mut() = Some(Rc::clone(connection));
        }
        let waiting = self.waiting.borrow_mut().take().unwrap_or_default();
        for sender in waiting {
            sender.send(opened.clone());
        }
        opened.map_err(Failure::Final)
    }

    /// Closes the connection, after the transactions that are under way.
    pub(super) fn disconnect(&self) {
        // The last owner closes; a transaction under way ends first, as IndexedDB promises.
        let connection = self.current.borrow_mut().take();
        if let Some(connection) = connection {
            connection.database.close();
        }
    }

    fn forget(&self, id: u32) {
        if self
            .current
            .borrow()
            .as_ref()
            .is_some_and(|connection| connection.id == id)
        {
            self.disconnect();
        }
    }

    async fn open(self: &Rc<Self>) -> Opened {
        let factory = Factory::new().map_err(|error| {
            let found = thrown(error);
            let reason = if found.is_undefined() || found.is_null() {
                "there is no IndexedDB here".into()
            } else {
                describe(&found)
            };
            Error::StoreUnavailable { reason }
        })?;
        let mut request = factory
            .open(&self.name, Some(VERSION))
            .map_err(unavailable)?;
        request.on_upgrade_needed(create_object_stores);
        let database = opened(request).await?;
        Ok(Rc::new(self.connect(database)))
    }

    fn connect(self: &Rc<Self>, database: Database) -> Connection {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let connector = Rc::downgrade(self);
        let database = IdbDatabase::from(database);
        let with_options = database.clone().unchecked_into();
        let mut database = Database::from(database);
        let close = {
            let connector = connector.clone();
            move |_| {
                // One that is not the current one is closed already.
                if let Some(connector) = connector.upgrade() {
                    connector.forget(id);
                }
            }
        };
        database.on_version_change(close.clone());
        database.on_close(close);
        Connection {
            database,
            with_options,
            id,
            has_chunks: Cell::new(None),
            connector,
        }
    }
}

/// Waits for an open request, no longer than [`OPEN_TIMEOUT_MS`].
async fn opened(mut request: OpenDatabaseRequest) -> Result<Database, Error> {
    let mut timer = JsValue::UNDEFINED;
    let answered = Promise::new(&mut |resolve, _| {
        timer = set_timeout(&resolve, OPEN_TIMEOUT_MS);
        let failed = resolve.clone();
        // A function that settles a promise does not throw.
        request.on_success(move |_| drop(resolve.call0(&JsValue::UNDEFINED)));
        request.on_error(move |_| drop(failed.call0(&JsValue::UNDEFINED)));
    });
    // `idb` drops the handlers with the request. It may be answered after that, and a dropped one throws.
    request.forget_callbacks();
    let _ = JsFuture::from(answered).await;
    clear_timeout(&timer);
    if request.ready_state() != Ok(RequestReadyState::Done) {
        request.on_success(|event| {
            if let Ok(database) = event.database() {
                database.close();
            }
        });
        request.forget_callbacks();
        let reason = format!(
            "it did not open within {} s; close other tabs of this site",
            OPEN_TIMEOUT_MS / 1000
        );
        return Err(Error::StoreBlocked { reason });
    }
    if let Ok(Some(error)) = request.error() {
        let reason = describe(&error);
        return Err(match name(&error).as_str() {
            "QuotaExceededError" => Error::QuotaExceeded { reason },
            _ => Error::StoreUnavailable { reason },
        });
    }
    request.database().map_err(unavailable)
}

/// The one upgrade there is. What goes wrong in it aborts it, and with it the open request.
fn create_object_stores(event: VersionChangeEvent) {
    let Ok(request) = event.target() else {
        return;
    };
    let stores = [
        (DATA, false),
        (CHUNKS, false),
        (SEGMENTS, true),
        (CLAIMS, false),
    ];
    let created = request.database().and_then(|database| {
        stores.into_iter().try_for_each(|(name, auto_increment)| {
            let mut parameters = ObjectStoreParams::new();
            parameters.auto_increment(auto_increment);
            database.create_object_store(name, parameters).map(drop)
        })
    });
    if created.is_err()
        && let Some(transaction) = request.transaction()
    {
        let _ = transaction.abort();
    }
}

fn unavailable(error: ::idb::Error) -> Error {
    Error::StoreUnavailable {
        reason: describe(&thrown(error)),
    }
}
