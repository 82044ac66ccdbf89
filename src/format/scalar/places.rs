//! Where something is: files of the scenario's folder, and addresses of a target. None leads out of either.

use super::{Fault, Scalar, Schema, matching};
use crate::format::tree::shown;
use crate::message;
use crate::model::target::{OVER_SOCKET, RequestPattern};

pub static FILE: Scalar =
    Scalar { check: |t| file_name(t).map(drop), schema: matching("^[^/\\\\].*$"), example: "form.yaml" };
pub static URL: Scalar = Scalar {
    check: |t| base_url(t).map(drop),
    schema: matching("^https?://.+"),
    example: "https://system.city.example.lg.jp/",
};
pub static HOST: Scalar = Scalar {
    check: |t| host(t).map(drop),
    schema: Schema::Text { pattern: None },
    example: "system.city.example.lg.jp",
};
pub static REQUEST: Scalar = Scalar {
    check: |t| request(t).map(drop),
    schema: matching("^((POST|PUT|PATCH|DELETE|WS) )?/"),
    example: "POST /search",
};
pub static PATH: Scalar = Scalar { check: |t| path(t).map(drop), schema: matching("^/"), example: "/entry" };

/// A file of the scenario's own folder: a relative path that stays inside.
///
/// # Errors
/// If the path could leave the folder.
pub fn file_name(text: &str) -> Result<String, Fault> {
    let harmless = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', ':']);
    if text.chars().count() <= 200 && text.split('/').all(harmless) && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(Fault::new(message!("format.path-leaves-folder", found = shown(text))).example("form.yaml"))
    }
}

/// A target's base address.
///
/// # Errors
/// If it is no http(s) URL with a host, or carries a user, a query or a fragment.
pub fn base_url(text: &str) -> Result<url::Url, Fault> {
    let fault = || Fault::new(message!("format.bad-url", found = shown(text))).example(URL.example);
    let url = url::Url::parse(text).map_err(|_| fault())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain { Ok(url) } else { Err(fault()) }
}

/// A host name without scheme, port or path.
///
/// # Errors
/// If it is none.
pub fn host(text: &str) -> Result<String, Fault> {
    let fault = || Fault::new(message!("format.bad-host", found = shown(text))).example(HOST.example);
    if text.contains(['/', ':', '@', '?', '#', ' ', '*']) {
        return Err(fault());
    }
    url::Host::parse(text).map(|host| host.to_string()).map_err(|_| fault())
}

/// A path below the target's address; `*` matches within a pattern.
///
/// # Errors
/// If it does not begin with `/`, or could lead to another host.
pub fn path(text: &str) -> Result<String, Fault> {
    let inside =
        text.starts_with('/') && !text.starts_with("//") && !text.contains(['\\', ' ', '#']) && !text.contains("..");
    if inside && text.chars().count() <= 500 {
        Ok(text.to_owned())
    } else {
        Err(Fault::new(message!("format.bad-path", found = shown(text))).example(PATH.example))
    }
}

/// A request by method and path: `POST /search`, or `/search` for the same.
///
/// # Errors
/// If the method is none that could write, or the path no path.
pub fn request(text: &str) -> Result<RequestPattern, Fault> {
    let pattern = RequestPattern::from(text.to_owned());
    if !["POST", "PUT", "PATCH", "DELETE", OVER_SOCKET].contains(&pattern.method.as_str()) {
        let hint = message!("format.hint-words", words = "POST, PUT, PATCH, DELETE, WS");
        return Err(Fault::new(message!("format.bad-method", found = shown(&pattern.method))).hint(hint));
    }
    path(&pattern.path)?;
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_method_that_could_write() {
        assert_eq!(request("/search").unwrap(), request("POST /search").unwrap());
        assert!(request("PUT /claims/*").is_ok() && request("WS /live").is_ok());
        for bad in ["GET /search", "post /search", "POST search", "POST", "POST  //evil.example/"] {
            assert!(request(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_file_name_leads_out_of_the_folder() {
        assert!(file_name("blanks/form.png").is_ok());
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", ".hidden", "a\\b", "c:x", "./x", "a/"] {
            assert!(file_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_cannot_name_another_host() {
        assert!(path("/entry?kind=new").is_ok());
        for bad in ["entry", "//evil.example/", "/\\evil", "/a/../b", ""] {
            assert!(path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_url_carries_no_password() {
        assert!(base_url("https://system.city.example.lg.jp/app/").is_ok());
        for bad in ["ftp://x/", "https://", "https://u:p@x/", "https://x/?a=b", "file:///etc", "javascript:alert(1)"] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
