/** An element of a document that was read: names without prefixes, text of its own joined. */
export interface XmlElement {
  readonly name: string
  /** Namespace; empty where there is none. */
  readonly ns: string
  readonly children: readonly XmlElement[]
  readonly text: string
}

/** The alert as it was signed. */
export interface SignedDocument {
  readonly root: XmlElement
  /** The signed bytes in canonical form: what is kept of a message that waits. */
  readonly text: string
  /** File name of the certificate whose key has signed. */
  readonly certificate: string
}

export const childrenOf = (element: XmlElement, name: string): readonly XmlElement[] => element.children.filter((child) => child.name === name && child.ns === element.ns)
