//! The connection to the database: opened when it is needed, shared, closed when somebody else needs
//! the database, and opened again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbObjectStoreParameters, IdbOpenDbRequest, IdbRequest,
    IdbRequestReadyState, IdbTransaction,
};

use super::exception::{Failure, describe, name};
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

    /// `IDBDatabase` with the options of `transaction`, which `web-sys` does not have.
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
    database: IdbDatabase,
    /// Tells a connection from the one before it.
    pub(super) id: u32,
    connector: std::rc::Weak<Connector>,
    _on_close: Closure<dyn Fn()>,
}

impl Connection {
    /// A transaction for reading.
    pub(super) fn reading(&self, stores: &[&str]) -> Result<IdbTransaction, Failure> {
        self.transaction(stores, "readonly", Durability::Relaxed)
    }

    /// A transaction for writing.
    pub(super) fn writing(
        &self,
        stores: &[&str],
        durability: Durability,
    ) -> Result<IdbTransaction, Failure> {
        self.transaction(stores, "readwrite", durability)
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
        let database = self.database.unchecked_ref::<DatabaseWithOptions>();
        let transaction = database.transaction(&stores, mode, &options);
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
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        self.database.close();
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
        let unavailable = |error: JsValue| Error::StoreUnavailable {
            reason: describe(&error),
        };
        let factory = Reflect::get(&js_sys::global(), &"indexedDB".into()).map_err(unavailable)?;
        if factory.is_undefined() || factory.is_null() {
            return Err(Error::StoreUnavailable {
                reason: "there is no IndexedDB here".into(),
            });
        }
        let factory = factory.unchecked_into::<IdbFactory>();
        let request = factory
            .open_with_u32(&self.name, VERSION)
            .map_err(unavailable)?;
        let upgrade = {
            let request = request.clone();
            Closure::once(move || create_object_stores(&request))
        };
        request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
        let database = opened(&request).await?;
        Ok(Rc::new(self.connect(database)))
    }

    fn connect(self: &Rc<Self>, database: IdbDatabase) -> Connection {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let connector = Rc::downgrade(self);
        let on_close = {
            let (connector, database) = (connector.clone(), database.clone());
            Closure::<dyn Fn()>::new(move || {
                database.close();
                if let Some(connector) = connector.upgrade() {
                    connector.forget(id);
                }
            })
        };
        let handler = Some(on_close.as_ref().unchecked_ref());
        database.set_onversionchange(handler);
        database.set_onclose(handler);
        Connection {
            database,
            id,
            connector,
            _on_close: on_close,
        }
    }
}

/// Waits for an open request, no longer than [`OPEN_TIMEOUT_MS`].
async fn opened(request: &IdbOpenDbRequest) -> Result<IdbDatabase, Error> {
    let mut timer = JsValue::UNDEFINED;
    let answered = Promise::new(&mut |resolve, reject| {
        timer = set_timeout(&resolve, OPEN_TIMEOUT_MS);
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    let answer = JsFuture::from(answered).await;
    clear_timeout(&timer);
    if answer.is_err() {
        let error = request
            .error()
            .ok()
            .flatten()
            .map_or(JsValue::UNDEFINED, JsValue::from);
        let reason = describe(&error);
        return Err(match name(&error).as_str() {
            "QuotaExceededError" => Error::QuotaExceeded { reason },
            _ => Error::StoreUnavailable { reason },
        });
    }
    if request.ready_state() != IdbRequestReadyState::Done {
        let late = request.clone();
        let close = Closure::once_into_js(move || {
            if let Ok(database) = late.result() {
                database.unchecked_into::<IdbDatabase>().close();
            }
        });
        request.set_onsuccess(Some(close.unchecked_ref()));
        let reason = format!(
            "it did not open within {} s; close other tabs of this site",
            OPEN_TIMEOUT_MS / 1000
        );
        return Err(Error::StoreBlocked { reason });
    }
    let database = request.result();
    database
        .map(JsCast::unchecked_into)
        .map_err(|error| Error::StoreUnavailable {
            reason: describe(&error),
        })
}

/// The one upgrade there is. What goes wrong in it aborts it, and with it the open request.
fn create_object_stores(request: &IdbOpenDbRequest) {
    let Ok(database) = request.result() else {
        return;
    };
    let database = database.unchecked_into::<IdbDatabase>();
    let create = |name: &str, auto_increment: bool| {
        let parameters = IdbObjectStoreParameters::new();
        parameters.set_auto_increment(auto_increment);
        database.create_object_store_with_optional_parameters(name, &parameters)
    };
    let created = create(DATA, false)
        .and_then(|_| create(CHUNKS, false))
        .and_then(|_| create(SEGMENTS, true))
        .and_then(|_| create(CLAIMS, false));
    if created.is_err()
        && let Some(transaction) = request.transaction()
    {
        let _ = transaction.abort();
    }
}

/// Waits for a request of a running transaction; the transaction is active when this returns.
pub(super) async fn done(request: &IdbRequest) -> Result<JsValue, Failure> {
    if request.ready_state() == IdbRequestReadyState::Done {
        return request.result().map_err(|_| Failure::of_request(request));
    }
    let answered = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(answered).await {
        Ok(_) => request.result().map_err(|error| Failure::of(&error)),
        Err(_) => Err(Failure::of_request(request)),
    }
}

/// The end of a transaction. To be called before anything is awaited, or the end may be missed.
pub(super) struct End {
    transaction: IdbTransaction,
    ended: JsFuture,
}

impl End {
    pub(super) fn of(transaction: &IdbTransaction) -> Self {
        let ended = Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        });
        Self {
            transaction: transaction.clone(),
            ended: JsFuture::from(ended),
        }
    }

    /// Waits until everything is written, or nothing.
    pub(super) async fn completed(self) -> Result<(), Failure> {
        match self.ended.await {
            Ok(_) => Ok(()),
            Err(_) => Err(Failure::of_transaction(&self.transaction)),
        }
    }
}
