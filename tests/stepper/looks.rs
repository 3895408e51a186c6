//! Whether the page can be read: contrasts, and its width on a phone.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::{find, shown};

/// The contrast of every text that is to be seen with what is behind it, the lowest first. What is turned off may be pale.
const CONTRASTS: &str = r"
    const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
    const light = (text) => {
        const [r, g, b] = rgb(text).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let at = element; at !== null; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (rgb(colour)[3] !== 0) {
                return colour;
            }
        }
        return 'rgb(255, 255, 255)';
    };
    const own = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
    const isOff = (element) => element.closest('[disabled], [aria-disabled=true], option') !== null;
    const texts = [...document.body.querySelectorAll('*')].filter((one) => own(one) && one.checkVisibility() && !isOff(one));
    const ratio = (element) => {
        const [a, b] = [light(getComputedStyle(element).color), light(behind(element))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const all = texts.map((element) => [ratio(element), `${element.outerHTML.slice(0, 120)} ${getComputedStyle(element).color} on ${behind(element)}`]);
    return all.sort((a, b) => a[0] - b[0]);
";

pub(crate) fn every_text_stands_out_from_what_is_behind_it(browser: &Browser) {
    let shown = shown(find("cancel"), "src/programs", find("cancel").sizes[0]);
    for (theme, darkness) in [("light", false), ("dark", true)] {
        browser.emulate(
            "Emulation.setEmulatedMedia",
            &json!({
                "features": [{ "name": "prefers-color-scheme", "value": theme }],
            }),
        );
        for hash in ["#10,async_await", "#1000,state_machines,generators"] {
            browser.open(&shown.page, hash);
            let dark = browser.script(
                "return getComputedStyle(document.documentElement).colorScheme",
                &[],
            );
            assert_eq!(dark == "dark", darkness);
            let contrasts = browser.script(CONTRASTS, &[]);
            let contrasts = contrasts.as_array().unwrap();
            assert!(contrasts.len() > 100, "only {} texts", contrasts.len());
            let lowest = contrasts[0][0].as_f64().unwrap();
            assert!(lowest >= 4.5, "{theme}: {:#}", Value::from(&contrasts[..3]));
        }
    }
}

pub(crate) fn on_a_phone_nothing_is_wider_than_the_page(browser: &Browser) {
    let shown = shown(find("pipeline"), "src/programs", 7);
    for (width, height) in [(360, 640), (820, 1180), (1920, 1080)] {
        browser.emulate(
            "Emulation.setDeviceMetricsOverride",
            &json!({
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
            }),
        );
        for hash in ["#40,async_await", "#40,state_machines,generators"] {
            browser.open(&shown.page, hash);
            let wide = browser.script("return document.documentElement.scrollWidth", &[]);
            assert!(
                wide.as_u64().unwrap() <= width,
                "{wide} of {width} at {hash}"
            );
            // In reach wherever the page has been scrolled to.
            browser.script("scrollTo(0, document.body.scrollHeight)", &[]);
            browser.click("#forward");
            assert_eq!(
                browser.script("return Number(moment.dataset.moment)", &[]),
                41
            );
        }
    }
    browser.emulate("Emulation.clearDeviceMetricsOverride", &json!({}));
}

pub(crate) fn every_control_says_what_it_is(browser: &Browser) {
    let shown = shown(find("cancel"), "src/programs", find("cancel").sizes[0]);
    browser.open(&shown.page, "#10,async_await,generators");
    let nameless = "
        const named = (one) => one.textContent.trim() !== '' || one.ariaLabel || one.labels?.length > 0;
        const controls = [...document.querySelectorAll('button, input, select, [role=img], [role=region], [tabindex=\"0\"]')];
        return controls.filter((one) => !named(one)).map((one) => one.outerHTML);
    ";
    assert_eq!(browser.script(nameless, &[]), json!([]));
    let dangling = "
        const ids = [...document.querySelectorAll('[aria-labelledby]')].map((one) => one.getAttribute('aria-labelledby'));
        return ids.filter((id) => !document.getElementById(id)?.textContent.trim());
    ";
    assert_eq!(browser.script(dangling, &[]), json!([]));
    assert_eq!(
        browser.script("return sentence.getAttribute('aria-live')", &[]),
        "polite"
    );
    // The outline of what has the focus is to be seen.
    browser.press("", "\u{e004}");
    let outline = "return parseFloat(getComputedStyle(document.activeElement).outlineWidth)";
    assert!(browser.script(outline, &[]).as_f64().unwrap() >= 2.0);
}
