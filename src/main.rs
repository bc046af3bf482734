//! The page's entry point. In a worker the same binary starts and waits for `worker_main`.

#[cfg(target_arch = "wasm32")]
fn main() {
    if web_sys::window().is_some() {
        isolog::start_page();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("Isolog is a web page: run `make serve` and open the address that it prints.");
}
