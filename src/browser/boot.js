// Starts the page: the loader is told where its wasm is, and a browser that cannot run it is told so.
wasm_bindgen({ module_or_path: document.getElementById('glue').dataset.wasm }).catch((error) => {
  const app = document.getElementById('app');
  app.textContent = `Isolog could not start in this browser (${error.message}). `
    + 'It needs WebAssembly with SIMD: Chrome or Edge 91, Firefox 89, Safari 16.4, or later.';
});
