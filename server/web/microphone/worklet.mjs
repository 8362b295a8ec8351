/** Hands on the microphone's samples in pieces of 20 ms. */
class Pieces extends AudioWorkletProcessor {
  #piece = new Float32Array(sampleRate / 50)
  #filled = 0

  process([[channel] = []]) {
    for (const sample of channel ?? []) {
      this.#piece[this.#filled++] = sample
      if (this.#filled === this.#piece.length) {
        this.port.postMessage(this.#piece)
        this.#piece = new Float32Array(sampleRate / 50)
        this.#filled = 0
      }
    }
    return true
  }
}
registerProcessor('pieces', Pieces)
