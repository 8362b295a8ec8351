/** Hands on the microphone's samples in pieces of 20 ms. Runs in the thread that makes the sound. */
class Pieces extends AudioWorkletProcessor {
  #piece = new Float32Array(Math.round(sampleRate / 50))
  #filled = 0

  process([[channel] = []]) {
    for (const sample of channel ?? []) {
      this.#piece[this.#filled++] = sample
      if (this.#filled === this.#piece.length) {
        this.port.postMessage(this.#piece)
        this.#piece = new Float32Array(this.#piece.length)
        this.#filled = 0
      }
    }
    return true
  }
}
registerProcessor('pieces', Pieces)
