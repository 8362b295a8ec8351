/** Shows a dialog that takes the keyboard; what is answered closes it, and gives the keyboard back to where it was, wherever the dialog has gone by then. */
export function showModal(dialog: HTMLDialogElement): () => void {
  const before = document.activeElement
  dialog.showModal()
  return () => {
    dialog.close()
    if (before instanceof HTMLElement && before.isConnected) before.focus()
  }
}
