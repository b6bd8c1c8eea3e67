/*
 * e1000_registers.h - the registers and descriptors that the driver uses; both cards have them at the same places.
 *
 * Manual  Intel, "PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual", 317453 (82540EM): the
 *         sections named here. For the 82574L: Intel 82574 GbE Controller Family Datasheet, revision 3.4, sections 7.1,
 *         7.2 (legacy descriptors) and 10.2 (registers).
 */
#ifndef NET_E1000_REGISTERS_H
#define NET_E1000_REGISTERS_H

#include <stdatomic.h>
#include <stdint.h>

enum e1000_register {
	E1000_CTRL   = 0x0000, /* 13.4.1  */
	E1000_STATUS = 0x0008, /* 13.4.2  */
	E1000_EERD   = 0x0014, /* 13.4.4  */
	E1000_ICR    = 0x00c0, /* 13.4.17: what has happened; reading clears it           */
	E1000_ITR    = 0x00c4, /* 13.4.18: time between interrupts, at least, in 256 ns   */
	E1000_ICS    = 0x00c8, /* 13.4.19: has it happen                                  */
	E1000_IMS    = 0x00d0, /* 13.4.20 */
	E1000_IMC    = 0x00d8, /* 13.4.21 */
	E1000_RCTL   = 0x0100, /* 13.4.22 */
	E1000_TCTL   = 0x0400, /* 13.4.33 */
	E1000_TIPG   = 0x0410, /* 13.4.34 */
	E1000_RDBAL  = 0x2800, /* 13.4.25 */
	E1000_RDBAH  = 0x2804, /* 13.4.26 */
	E1000_RDLEN  = 0x2808, /* 13.4.27 */
	E1000_RDH    = 0x2810, /* 13.4.28 */
	E1000_RDT    = 0x2818, /* 13.4.29 */
	E1000_RDTR   = 0x2820, /* 13.4.30 */
	E1000_TDBAL  = 0x3800, /* 13.4.36 */
	E1000_TDBAH  = 0x3804, /* 13.4.37 */
	E1000_TDLEN  = 0x3808, /* 13.4.38 */
	E1000_TDH    = 0x3810, /* 13.4.39 */
	E1000_TDT    = 0x3818, /* 13.4.40 */
	/* Statistics; reading clears each. 82574L: datasheet section 10.2.7. */
	E1000_CRCERRS = 0x4000, /* 13.7.1  */
	E1000_RXERRC = 0x400c, /* 13.7.4  */
	E1000_MPC    = 0x4010, /* 13.7.5: no room in the card                */
	E1000_GPRC   = 0x4074, /* 13.7.27 */
	E1000_GPTC   = 0x4080, /* 13.7.30 */
	E1000_RNBC   = 0x40a0, /* 13.7.33: no frame was posted when it came   */
	E1000_ROC    = 0x40ac, /* 13.7.36 */
	E1000_TPR    = 0x40d0, /* 13.7.43: with and without errors, lost ones too */
	E1000_TPT    = 0x40d4, /* 13.7.44 */
	E1000_MTA    = 0x5200, /* 13.5.1: 128 words                       */
	E1000_RAL    = 0x5400, /* 13.5.2 */
	E1000_RAH    = 0x5404, /* 13.5.3 */
};

#define E1000_MTA_WORDS 128u

/* CTRL */
#define CTRL_FULL_DUPLEX (UINT32_C(1) << 0)
#define CTRL_AUTO_SPEED  (UINT32_C(1) << 5)
#define CTRL_LINK_UP     (UINT32_C(1) << 6)
#define CTRL_RESET       (UINT32_C(1) << 26)

/* STATUS */
#define STATUS_LINK_UP   (UINT32_C(1) << 1)
#define STATUS_GONE      UINT32_MAX /* no device drives the bus */

/* EERD; 82574L: datasheet section 10.2.2.5 */
#define EERD_START       (UINT32_C(1) << 0)
#define EERD_DATA_SHIFT  16

/* ICR, IMS, IMC */
#define CAUSE_SENT       (UINT32_C(1) << 0) /* TXDW   */
#define CAUSE_LINK       (UINT32_C(1) << 2) /* LSC    */
#define CAUSE_FEW_LEFT   (UINT32_C(1) << 4) /* RXDMT0 */
#define CAUSE_OVERRUN    (UINT32_C(1) << 6) /* RXO    */
#define CAUSE_RECEIVED   (UINT32_C(1) << 7) /* RXT0   */
#define CAUSES_RECEIVE   (CAUSE_FEW_LEFT | CAUSE_OVERRUN | CAUSE_RECEIVED)
#define CAUSES_ALL       UINT32_MAX

/* RCTL: 2048 bytes a frame at most, and a longer packet is the card's to drop */
#define RCTL_ENABLE      (UINT32_C(1) << 1)
#define RCTL_BROADCAST   (UINT32_C(1) << 15)
#define RCTL_STRIP_CRC   (UINT32_C(1) << 26)

/* TCTL, TIPG: the values that 14.5 recommends for full duplex */
#define TCTL_ENABLE      (UINT32_C(1) << 1)
#define TCTL_PAD         (UINT32_C(1) << 3)
#define TCTL_COLLISIONS  (UINT32_C(0x0f) << 4 | UINT32_C(0x40) << 12)
#define TIPG_COPPER      (UINT32_C(10) | UINT32_C(8) << 10 | UINT32_C(6) << 20)

/* RAH */
#define RAH_VALID        (UINT32_C(1) << 31)

/* 3.2.3 */
struct e1000_received {
	uint64_t         frame;
	uint16_t         bytes;
	uint16_t         checksum;
	_Atomic uint8_t  status;
	uint8_t          errors;
	uint16_t         special;
};

#define RECEIVED_DONE    0x01u
#define RECEIVED_END     0x02u /* the packet ends in this frame */

/* 3.3.3 */
struct e1000_transmit {
	uint64_t         frame;
	uint16_t         bytes;
	uint8_t          checksum_offset;
	uint8_t          command;
	_Atomic uint8_t  status;
	uint8_t          checksum_start;
	uint16_t         special;
};

#define TRANSMIT_END     0x01u
#define TRANSMIT_CRC     0x02u /* the card appends the frame check sequence */
#define TRANSMIT_REPORT  0x08u /* and says when it is done                  */
#define TRANSMIT_DONE    0x01u

_Static_assert(sizeof(struct e1000_received) == 16 && sizeof(struct e1000_transmit) == 16, "as the card reads them");

#endif
