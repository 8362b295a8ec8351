import { DOMParser, onWarningStopParsing, type Document, type Element, type Node } from '@xmldom/xmldom'
import { ok, refuse, type Result } from '../../shared/core/result.ts'
import type { XmlElement } from '../core/cap-xml.ts'
import { scanXml } from './xml-scan.ts'

const ELEMENT = 1
const TEXT = 3
const CDATA = 4

export const isElement = (node: Node): node is Element => node.nodeType === ELEMENT

/** A document within bounds and well-formed, to the letter: whatever a parser would only warn about is refused. */
export function parseXml(text: string): Result<Document & { readonly documentElement: Element }, 'malformed'> {
  const scanned = scanXml(text)
  if (!scanned.ok) return scanned
  try {
    const document = new DOMParser({ onError: onWarningStopParsing }).parseFromString(text, 'text/xml')
    const { documentElement } = document
    return documentElement ? ok(Object.assign(document, { documentElement })) : refuse('malformed', 'The document holds no element.')
  } catch (error) {
    return refuse('malformed', `The document is not well-formed XML (${String((error as Error).message).split('\n')[0]?.slice(0, 200)}).`)
  }
}

export const childNodes = (node: Node): Node[] => Array.from({ length: node.childNodes.length }, (_, n) => node.childNodes[n] as Node)

/** The tree without prefixes, comments and attributes: all that a CAP message says stands in elements and texts. */
export function treeOf(element: Element): XmlElement {
  const nodes = childNodes(element)
  return {
    name: element.localName ?? element.nodeName,
    ns: element.namespaceURI ?? '',
    children: nodes.filter(isElement).map(treeOf),
    text: nodes.filter((node) => node.nodeType === TEXT || node.nodeType === CDATA).map((node) => node.nodeValue ?? '').join(''),
  }
}
