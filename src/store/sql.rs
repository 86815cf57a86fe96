//! How domain types are stored. Ids are 16-byte blobs, words their `as_str`, times microseconds.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use uuid::Uuid;

use crate::domain::consent::{Act, Method, Purpose};
use crate::domain::customer::Stage;
use crate::domain::ids::{
    AttemptId, BatchId, ConsentId, ContactPointId, ConversationId, CustomerId, InteractionId, JobId, MailId,
    MergeId, MessageId, NoteId, TemplateId, UpdateId, UserId,
};
use crate::domain::job::{Destination, Kind, State};
use crate::domain::phone::{Address, E164};
use crate::domain::role::Role;
use crate::domain::text::Body;
use crate::domain::time::Micros;
use crate::domain::update::{Field, Reason, Status, Upload};

macro_rules! id_sql {
    ($($id:ident),*) => {$(
        impl ToSql for $id {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
            }
        }
        impl FromSql for $id {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Uuid::from_slice(value.as_blob()?).map(Self).map_err(FromSqlError::other)
            }
        }
    )*};
}

id_sql!(
    AttemptId,
    BatchId,
    ConsentId,
    ContactPointId,
    ConversationId,
    CustomerId,
    InteractionId,
    JobId,
    MailId,
    MergeId,
    MessageId,
    NoteId,
    TemplateId,
    UpdateId,
    UserId
);

macro_rules! word_sql {
    ($($word:ident),*) => {$(
        impl ToSql for $word {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }
        impl FromSql for $word {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                $word::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )*};
}

word_sql!(Act, Kind, Method, Purpose, Reason, Role, Stage, State, Status, Upload, Field, Destination);

impl ToSql for Micros {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Micros {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

impl ToSql for E164 {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for E164 {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        E164::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Address {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for Address {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Address::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
    }
}

impl ToSql for Body {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for Body {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(|text| Self(text.to_owned()))
    }
}
