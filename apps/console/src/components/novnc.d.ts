/** What the console uses of noVNC, which brings no types. */
declare module '@novnc/novnc' {
  // eslint-disable-next-line no-restricted-syntax -- it is noVNC's own form
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, url: string)
    scaleViewport: boolean
    background: string
    focus(): void
    disconnect(): void
    sendCtrlAltDel(): void
  }
}
