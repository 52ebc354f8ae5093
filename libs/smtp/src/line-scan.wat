;; Looks for faulty line ends, 64 bytes at a time. The rules are in line-check.ts, which also tells what the fault is.
(module
  ;; What is to be looked at is at its beginning: at most 64 KiB. Behind it is room for the last step.
  (memory (export "memory") 2)

  ;; Which of the 64 bytes at $at are $byte: a bit each, the first byte's the lowest.
  (func $where (param $at i32) (param $byte v128) (result i64)
    (i64.or
      (i64.or
        (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (local.get $byte))))
        (i64.shl
          (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (v128.load offset=16 (local.get $at)) (local.get $byte))))
          (i64.const 16)))
      (i64.or
        (i64.shl
          (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (v128.load offset=32 (local.get $at)) (local.get $byte))))
          (i64.const 32))
        (i64.shl
          (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (v128.load offset=48 (local.get $at)) (local.get $byte))))
          (i64.const 48)))))

  (func $hasNul (param $at i32) (result i32)
    (i32.eqz
      (i8x16.all_true
        (i8x16.min_u
          (i8x16.min_u (v128.load (local.get $at)) (v128.load offset=16 (local.get $at)))
          (i8x16.min_u (v128.load offset=32 (local.get $at)) (v128.load offset=48 (local.get $at)))))))

  ;; Where the line begins that has not ended; the lowest number there is when something is wrong.
  ;; Positions count from the first byte. $isBehindCr: 1 behind a CR, otherwise 0. $lineStart: of the line that the first
  ;; byte is in, zero or less. $longest: bytes of a line, its end included.
  (func (export "scan")
    (param $length i32) (param $isBehindCr i32) (param $lineStart i32) (param $longest i32) (result i32)
    (local $at i32) (local $cr i64) (local $lf i64) (local $due i64) (local $behindCr i64)
    (local.set $behindCr (i64.extend_i32_u (local.get $isBehindCr)))
    ;; What is looked at behind the end is of no interest.
    (memory.fill (local.get $length) (i32.const 0x61) (i32.const 64))
    (block $faulty
      (loop $next
        (if (i32.lt_u (local.get $at) (local.get $length))
          (then
            (local.set $cr
              (call $where (local.get $at) (v128.const i8x16 13 13 13 13 13 13 13 13 13 13 13 13 13 13 13 13)))
            (local.set $lf
              (call $where (local.get $at) (v128.const i8x16 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10)))
            ;; Behind each CR an LF is due, and nowhere else; behind the last byte it is yet to come.
            (local.set $due (i64.or (i64.shl (local.get $cr) (i64.const 1)) (local.get $behindCr)))
            (local.set $at (i32.add (local.get $at) (i32.const 64)))
            (if (i32.gt_u (local.get $at) (local.get $length))
              (then
                (local.set $due
                  (i64.and
                    (local.get $due)
                    (i64.shr_u
                      (i64.const -1)
                      (i64.extend_i32_u (i32.sub (local.get $at) (local.get $length))))))))
            (br_if $faulty (i64.ne (local.get $lf) (local.get $due)))
            (br_if $faulty (call $hasNul (i32.sub (local.get $at) (i32.const 64))))
            (local.set $behindCr (i64.shr_u (local.get $cr) (i64.const 63)))
            (if (i64.ne (local.get $lf) (i64.const 0))
              (then
                ;; Of the lines that end here only the first can be too long: the others are within these bytes.
                (br_if $faulty
                  (i32.gt_s
                    (i32.sub
                      (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $lf))))
                      (i32.add (local.get $lineStart) (i32.const 63)))
                    (local.get $longest)))
                (local.set $lineStart
                  (i32.sub (local.get $at) (i32.wrap_i64 (i64.clz (local.get $lf)))))))
            (br $next))))
      (br_if $faulty (i32.gt_s (i32.sub (local.get $length) (local.get $lineStart)) (local.get $longest)))
      (return (local.get $lineStart)))
    (i32.const 0x80000000)))
