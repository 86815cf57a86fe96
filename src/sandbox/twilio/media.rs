//! Files of messages (FACTS 2): their list says what they are; the file itself is behind a redirect to
//! another host, which wants nothing of our sign-in.

use http::header::{CONTENT_TYPE, LOCATION};
use serde_json::json;

use super::{Twilio, not_found};
use crate::sandbox::Config;
use crate::sandbox::call::Call;
use crate::sandbox::reply::Reply;
use crate::wire;

impl Twilio {
    pub(super) fn list_media(&self, config: &Config, call: &Call<'_>, sid: &str) -> Reply {
        let Some(record) = self.records.iter().find(|record| record.sid == sid) else {
            return not_found(call);
        };
        let own = format!("/2010-04-01/Accounts/{}/Messages/{sid}/Media", config.account_sid);
        let media = |(at, kind): (usize, &String)| {
            let media = media_sid(record.seq, at);
            wire::Media {
                account_sid: Some(config.account_sid.clone()),
                parent_sid: Some(sid.to_owned()),
                content_type: Some(kind.clone()),
                date_created: Some(record.created.rfc2822()),
                date_updated: Some(record.created.rfc2822()),
                uri: Some(format!("{own}/{media}.json")),
                sid: Some(media),
            }
        };
        let list: Vec<wire::Media> = record.media.iter().enumerate().map(media).collect();
        Reply::json(200, &json!({ "media_list": list, "next_page_uri": null, "page": 0, "page_size": 50 }))
    }

    pub(super) fn point_to_media(&self, call: &Call<'_>, sid: &str, file: &str) -> Reply {
        let record = self.records.iter().find(|record| record.sid == sid);
        let there =
            record.is_some_and(|record| (0..record.media.len()).any(|at| media_sid(record.seq, at) == file));
        if !there {
            return not_found(call);
        }
        let port = call.header("host").and_then(|host| host.rsplit_once(':')).map_or("80", |(_, port)| port);
        // By another name: what is sent here is not for there.
        Reply::json(307, &json!({})).header(LOCATION, &format!("http://localhost:{port}/media/{file}"))
    }

    /// The file, from the host that Twilio points to.
    pub fn file(&self, call: &Call<'_>, file: &str) -> Reply {
        if call.header("authorization").is_some() {
            return Reply::upstream_error(400, "only one sign-in is allowed, and it stands in the address");
        }
        let found = self.records.iter().find_map(|record| {
            let at = (0..record.media.len()).find(|at| media_sid(record.seq, *at) == file)?;
            record.media.get(at)
        });
        match found {
            Some(kind) => {
                let mut reply = Reply::json(200, &json!({})).header(CONTENT_TYPE, kind);
                *reply.response.body_mut() = format!("the file {file} of {kind}").into_bytes();
                reply
            }
            None => Reply::upstream_error(404, "there is no such file"),
        }
    }
}

fn media_sid(seq: u64, at: usize) -> String {
    format!("ME{seq:016x}{at:016x}")
}
