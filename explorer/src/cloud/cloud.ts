// Every point of a space on the screen, in the plane or turning: nothing is left out, however many there are.
import {
  BufferAttribute, BufferGeometry, Color, CustomBlending, OneFactor, OneMinusSrcAlphaFactor, PerspectiveCamera,
  Points, Scene, ShaderMaterial, Spherical, Vector3, WebGLRenderer,
} from 'three'
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js'
import { ease } from './ease'
import { fragment, vertex } from './shaders'

export interface Seen {
  x: number
  y: number
  /** How far from the eye; what lies behind it has less than 0. */
  far: number
}
type Place = readonly [number, number, number]

export class Cloud {
  points = new Float32Array(0)
  readonly #renderer: WebGLRenderer
  readonly #scene = new Scene()
  readonly #camera = new PerspectiveCamera(40, 1, 0.01, 1000)
  readonly #controls: OrbitControls
  readonly #material: ShaderMaterial
  readonly #cloud: Points
  #width = 1
  #height = 1
  #asked = 0
  #flight = 0
  #extent = 1

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly drawn: () => void,
    readonly still: boolean,
  ) {
    this.#renderer = new WebGLRenderer({ canvas, antialias: false, alpha: true, powerPreference: 'high-performance' })
    this.#material = new ShaderMaterial({
      vertexShader: vertex,
      fragmentShader: fragment,
      transparent: true,
      depthTest: false,
      depthWrite: false,
      blending: CustomBlending, // the shader multiplies by what covers
      blendSrc: OneFactor,
      blendDst: OneMinusSrcAlphaFactor,
      uniforms: {
        depth: { value: 1 },
        dot: { value: 1 },
        pixels: { value: 1 },
        count: { value: 1 },
        opacity: { value: 0.5 },
        covers: { value: 1 },
        ramp: { value: Array.from({ length: 8 }, () => new Color()) },
        steps: { value: 5 },
      },
    })
    this.#cloud = new Points(new BufferGeometry(), this.#material)
    this.#cloud.frustumCulled = false
    this.#scene.add(this.#cloud)
    this.load(new Float32Array(3), 1) // the driver translates the shaders when they first draw: while the points are on their way
    this.#renderer.render(this.#scene, this.#camera)
    this.#controls = new OrbitControls(this.#camera, canvas)
    this.#controls.zoomToCursor = true
    this.#controls.zoomSpeed = 1.4
    this.#controls.addEventListener('start', () => cancelAnimationFrame(this.#flight))
    this.#controls.addEventListener('change', () => this.ask())
  }

  /** Show other points, three numbers each. */
  load(points: Float32Array<ArrayBuffer>, extent: number): void {
    this.points = points
    this.#extent = extent
    const geometry = this.#cloud.geometry
    geometry.setAttribute('position', new BufferAttribute(points, 3))
    geometry.setAttribute('tone', new BufferAttribute(new Float32Array(points.length / 3), 1))
    geometry.setDrawRange(0, points.length / 3)
    this.#uniform('count', points.length / 3)
    this.#uniform('dot', extent * Math.min(14, 2400 / Math.sqrt(points.length / 3)))
    this.#camera.near = extent / 500
    this.#camera.far = extent * 40
    this.#camera.updateProjectionMatrix()
  }

  /** A tone from 0 to 1 for each point. */
  tones(values: Float32Array): void {
    const tone = this.#cloud.geometry.getAttribute('tone') as BufferAttribute
    ;(tone.array as Float32Array).set(values)
    tone.needsUpdate = true
    this.ask()
  }

  /** The colours that tones stand for, up to eight from low to high. */
  ramp(colours: string[], dark: boolean, faint = 1): void {
    const ramp = this.#material.uniforms.ramp!.value as Color[]
    colours.forEach((one, place) => ramp[place]!.set(one).convertLinearToSRGB())
    this.#uniform('steps', colours.length)
    const count = this.points.length / 3
    const many = count > 50_000
    this.#uniform('covers', dark ? 0.62 : 1)
    this.#uniform('opacity', faint * (dark ? (many ? 0.5 * (50_000 / count) ** 0.3 : 0.85) : many ? 0.5 : 0.9))
    this.ask()
  }

  #uniform(name: string, value: number): void {
    this.#material.uniforms[name]!.value = value
  }

  resize(width: number, height: number): void {
    this.#width = width
    this.#height = height
    const ratio = Math.min(window.devicePixelRatio, 2)
    this.#renderer.setPixelRatio(ratio)
    this.#renderer.setSize(width, height, false)
    this.#uniform('pixels', (ratio * height) / 700)
    this.#camera.aspect = width / height
    this.#camera.updateProjectionMatrix()
    this.ask()
  }

  /** Into the plane, or out of it. */
  flat(flat: boolean, at_once = false): void {
    this.#controls.enableRotate = !flat
    this.#controls.mouseButtons.LEFT = flat ? 2 : 0
    this.#controls.touches.ONE = flat ? 1 : 0
    const from = this.depth
    const to = flat ? 0 : 1
    if (from === to && !at_once) return
    this.#fly(at_once ? 0 : 700, (part) => this.#uniform('depth', from + (to - from) * part))
  }

  get depth(): number {
    return this.#material.uniforms.depth!.value as number
  }

  /** Draw before the next frame. */
  ask(): void {
    if (this.#asked) return
    this.#asked = requestAnimationFrame(() => {
      this.#asked = 0
      this.#renderer.render(this.#scene, this.#camera)
      this.drawn()
    })
  }

  /** Where the camera is and what it looks at: six numbers, for the address. */
  get view(): string {
    const numbers = [...this.#camera.position.toArray(), ...this.#controls.target.toArray()]
    return numbers.map((one) => Number(one.toPrecision(6))).join('_')
  }

  set view(said: string) {
    const numbers = said.split('_').map(Number)
    if (numbers.length !== 6 || !numbers.every(Number.isFinite)) return
    this.#camera.position.fromArray(numbers)
    this.#controls.target.fromArray(numbers, 3)
    this.#controls.update()
    this.ask()
  }

  /** Look at everything. */
  home(flat: boolean): void {
    const far = (this.#extent * (flat ? 2.4 : 2.7)) / Math.min(1, this.#camera.aspect)
    this.#controls.target.set(0, 0, 0)
    if (flat) this.#camera.position.set(0, 0, far)
    else this.#camera.position.set(far * 0.45, far * 0.32, far * 0.83)
    this.#controls.update()
    this.ask()
  }

  /** Fly to where all of `places` are in sight. */
  look(places: Place[], flat: boolean): void {
    if (!places.length) return
    const middle = new Vector3()
    for (const one of places) middle.add(new Vector3(...one))
    middle.divideScalar(places.length)
    if (flat) middle.z = 0
    const wide = Math.max(...places.map((one) => middle.distanceTo(new Vector3(...one))), this.#extent * 0.04)
    const way = flat ? new Vector3(0, 0, 1) : this.#camera.position.clone().sub(this.#controls.target).normalize()
    const to = middle.clone().addScaledVector(way, (wide * 3.4) / Math.min(1, this.#camera.aspect))
    const [from, aim] = [this.#camera.position.clone(), this.#controls.target.clone()]
    this.#fly(800, (part) => {
      this.#camera.position.lerpVectors(from, to, part)
      this.#controls.target.lerpVectors(aim, middle, part)
      this.#controls.update()
    })
  }

  /** Turn, in radians, or move in the plane. */
  nudge(right: number, up: number, flat: boolean): void {
    const offset = this.#camera.position.clone().sub(this.#controls.target)
    if (flat) {
      const by = new Vector3(right, up, 0).multiplyScalar(offset.length() * 0.6)
      this.#camera.position.add(by)
      this.#controls.target.add(by)
    } else {
      const angle = new Spherical().setFromVector3(offset)
      angle.theta += right
      angle.phi = Math.min(Math.PI - 0.05, Math.max(0.05, angle.phi - up))
      this.#camera.position.copy(this.#controls.target).add(offset.setFromSpherical(angle))
    }
    this.#controls.update()
    this.ask()
  }

  closer(factor: number): void {
    this.#camera.position.lerp(this.#controls.target, 1 - factor)
    this.#controls.update()
    this.ask()
  }

  #fly(lasts: number, step: (part: number) => void): void {
    cancelAnimationFrame(this.#flight)
    if (this.still || !lasts) {
      step(1)
      this.ask()
      return
    }
    const start = performance.now()
    const frame = (now: number): void => {
      const part = Math.min(1, (now - start) / lasts)
      step(ease(part))
      this.ask()
      if (part < 1) this.#flight = requestAnimationFrame(frame)
    }
    this.#flight = requestAnimationFrame(frame)
  }

  /** A function from a place to the screen, for the view as it is now. */
  eye(): (x: number, y: number, z: number) => Seen {
    this.#camera.updateMatrixWorld()
    const m = this.#camera.projectionMatrix.clone().multiply(this.#camera.matrixWorldInverse).elements
    const [depth, wide, high] = [this.depth, this.#width / 2, this.#height / 2]
    return (x, y, z) => {
      z *= depth
      const w = m[3]! * x + m[7]! * y + m[11]! * z + m[15]!
      return {
        x: ((m[0]! * x + m[4]! * y + m[8]! * z + m[12]!) / w + 1) * wide,
        y: (1 - (m[1]! * x + m[5]! * y + m[9]! * z + m[13]!) / w) * high,
        far: w,
      }
    }
  }

  /** The row nearest to a place on the screen, or -1: of several, the one nearer to the eye. */
  pick(x: number, y: number, reach = 9): number {
    const see = this.eye()
    let [best, found] = [Infinity, -1]
    for (let row = 0, at = 0; at < this.points.length; row += 1, at += 3) {
      const seen = see(this.points[at]!, this.points[at + 1]!, this.points[at + 2]!)
      const off = Math.hypot(seen.x - x, seen.y - y)
      if (seen.far <= 0 || off > reach) continue
      const cost = off / reach + seen.far / (this.#extent * 4)
      if (cost < best) [best, found] = [cost, row]
    }
    return found
  }

  /** The rows inside a polygon on the screen. */
  inside(polygon: { x: number; y: number }[]): number[] {
    const see = this.eye()
    const rows: number[] = []
    for (let row = 0, at = 0; at < this.points.length; row += 1, at += 3) {
      const seen = see(this.points[at]!, this.points[at + 1]!, this.points[at + 2]!)
      if (seen.far > 0 && contains(polygon, seen.x, seen.y)) rows.push(row)
    }
    return rows
  }

  /** Draw now: until the next frame the canvas can be read. */
  draw(): void {
    this.#renderer.render(this.#scene, this.#camera)
  }

  close(): void {
    cancelAnimationFrame(this.#flight)
    cancelAnimationFrame(this.#asked)
    this.#controls.dispose()
    this.#cloud.geometry.dispose()
    this.#material.dispose()
    this.#renderer.dispose()
  }
}

function contains(polygon: { x: number; y: number }[], x: number, y: number): boolean {
  let inside = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [a, b] = [polygon[i]!, polygon[j]!]
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside
  }
  return inside
}
