// made by tools/generate-qmp.ts, do not edit
// from the schema of QEMU 7.2, x86_64

/** Every command, with what it takes and what it returns. */
export interface QmpCommands {
  'add-fd': { arguments: AddFdArguments; reply: AddFdReply }
  add_client: { arguments: AddClientArguments; reply: Record<string, never> }
  'announce-self': { arguments: AnnounceSelfArguments; reply: Record<string, never> }
  balloon: { arguments: BalloonArguments; reply: Record<string, never> }
  'block-commit': { arguments: BlockCommitArguments; reply: Record<string, never> }
  'block-dirty-bitmap-add': { arguments: BlockDirtyBitmapAddArguments; reply: Record<string, never> }
  'block-dirty-bitmap-clear': { arguments: BlockDirtyBitmap; reply: Record<string, never> }
  'block-dirty-bitmap-disable': { arguments: BlockDirtyBitmap; reply: Record<string, never> }
  'block-dirty-bitmap-enable': { arguments: BlockDirtyBitmap; reply: Record<string, never> }
  'block-dirty-bitmap-merge': { arguments: BlockDirtyBitmapMergeArguments; reply: Record<string, never> }
  'block-dirty-bitmap-remove': { arguments: BlockDirtyBitmap; reply: Record<string, never> }
  'block-export-add': { arguments: BlockExportAddArguments; reply: Record<string, never> }
  'block-export-del': { arguments: BlockExportDelArguments; reply: Record<string, never> }
  'block-job-cancel': { arguments: BlockJobCancelArguments; reply: Record<string, never> }
  'block-job-complete': { arguments: BlockJobCompleteArguments; reply: Record<string, never> }
  'block-job-dismiss': { arguments: BlockJobDismissArguments; reply: Record<string, never> }
  'block-job-finalize': { arguments: BlockJobFinalizeArguments; reply: Record<string, never> }
  'block-job-pause': { arguments: BlockJobPauseArguments; reply: Record<string, never> }
  'block-job-resume': { arguments: BlockJobResumeArguments; reply: Record<string, never> }
  'block-job-set-speed': { arguments: BlockJobSetSpeedArguments; reply: Record<string, never> }
  'block-latency-histogram-set': { arguments: BlockLatencyHistogramSetArguments; reply: Record<string, never> }
  'block-set-write-threshold': { arguments: BlockSetWriteThresholdArguments; reply: Record<string, never> }
  'block-stream': { arguments: BlockStreamArguments; reply: Record<string, never> }
  block_resize: { arguments: BlockResizeArguments; reply: Record<string, never> }
  block_set_io_throttle: { arguments: BlockSetIoThrottleArguments; reply: Record<string, never> }
  'blockdev-add': { arguments: BlockdevOptions; reply: Record<string, never> }
  'blockdev-backup': { arguments: BlockdevBackupArguments; reply: Record<string, never> }
  'blockdev-change-medium': { arguments: BlockdevChangeMediumArguments; reply: Record<string, never> }
  'blockdev-close-tray': { arguments: BlockdevCloseTrayArguments; reply: Record<string, never> }
  'blockdev-create': { arguments: BlockdevCreateArguments; reply: Record<string, never> }
  'blockdev-del': { arguments: BlockdevDelArguments; reply: Record<string, never> }
  'blockdev-insert-medium': { arguments: BlockdevInsertMediumArguments; reply: Record<string, never> }
  'blockdev-mirror': { arguments: BlockdevMirrorArguments; reply: Record<string, never> }
  'blockdev-open-tray': { arguments: BlockdevOpenTrayArguments; reply: Record<string, never> }
  'blockdev-remove-medium': { arguments: BlockdevRemoveMediumArguments; reply: Record<string, never> }
  'blockdev-reopen': { arguments: BlockdevReopenArguments; reply: Record<string, never> }
  'blockdev-snapshot': { arguments: BlockdevSnapshotArguments; reply: Record<string, never> }
  'blockdev-snapshot-delete-internal-sync': { arguments: BlockdevSnapshotDeleteInternalSyncArguments; reply: BlockdevSnapshotDeleteInternalSyncReply }
  'blockdev-snapshot-internal-sync': { arguments: BlockdevSnapshotInternalSyncArguments; reply: Record<string, never> }
  'blockdev-snapshot-sync': { arguments: BlockdevSnapshotSyncArguments; reply: Record<string, never> }
  'calc-dirty-rate': { arguments: CalcDirtyRateArguments; reply: Record<string, never> }
  'cancel-vcpu-dirty-limit': { arguments: CancelVcpuDirtyLimitArguments; reply: Record<string, never> }
  'change-backing-file': { arguments: ChangeBackingFileArguments; reply: Record<string, never> }
  'change-vnc-password': { arguments: ChangeVncPasswordArguments; reply: Record<string, never> }
  'chardev-add': { arguments: ChardevAddArguments; reply: ChardevAddReply }
  'chardev-change': { arguments: ChardevChangeArguments; reply: ChardevAddReply }
  'chardev-remove': { arguments: ChardevRemoveArguments; reply: Record<string, never> }
  'chardev-send-break': { arguments: ChardevSendBreakArguments; reply: Record<string, never> }
  client_migrate_info: { arguments: ClientMigrateInfoArguments; reply: Record<string, never> }
  closefd: { arguments: ClosefdArguments; reply: Record<string, never> }
  cont: { arguments: Record<string, never>; reply: Record<string, never> }
  'device-list-properties': { arguments: DeviceListPropertiesArguments; reply: DeviceListPropertiesReply[] }
  device_add: { arguments: DeviceAddArguments & Record<string, unknown>; reply: Record<string, never> }
  device_del: { arguments: DeviceDelArguments; reply: Record<string, never> }
  'display-reload': { arguments: DisplayReloadArguments; reply: Record<string, never> }
  'display-update': { arguments: DisplayUpdateArguments; reply: Record<string, never> }
  /** @deprecated QEMU is going to remove it. */
  'drive-backup': { arguments: DriveBackupArguments; reply: Record<string, never> }
  'drive-mirror': { arguments: DriveMirrorArguments; reply: Record<string, never> }
  'dump-guest-memory': { arguments: DumpGuestMemoryArguments; reply: Record<string, never> }
  dumpdtb: { arguments: DumpdtbArguments; reply: Record<string, never> }
  eject: { arguments: EjectArguments; reply: Record<string, never> }
  expire_password: { arguments: ExpirePasswordArguments; reply: Record<string, never> }
  getfd: { arguments: GetfdArguments; reply: Record<string, never> }
  'human-monitor-command': { arguments: HumanMonitorCommandArguments; reply: string }
  'inject-nmi': { arguments: Record<string, never>; reply: Record<string, never> }
  'input-send-event': { arguments: InputSendEventArguments; reply: Record<string, never> }
  'job-cancel': { arguments: JobCancelArguments; reply: Record<string, never> }
  'job-complete': { arguments: JobCompleteArguments; reply: Record<string, never> }
  'job-dismiss': { arguments: JobDismissArguments; reply: Record<string, never> }
  'job-finalize': { arguments: JobFinalizeArguments; reply: Record<string, never> }
  'job-pause': { arguments: JobPauseArguments; reply: Record<string, never> }
  'job-resume': { arguments: JobResumeArguments; reply: Record<string, never> }
  memsave: { arguments: MemsaveArguments; reply: Record<string, never> }
  migrate: { arguments: MigrateArguments; reply: Record<string, never> }
  'migrate-continue': { arguments: MigrateContinueArguments; reply: Record<string, never> }
  'migrate-incoming': { arguments: MigrateIncomingArguments; reply: Record<string, never> }
  'migrate-pause': { arguments: Record<string, never>; reply: Record<string, never> }
  'migrate-recover': { arguments: MigrateRecoverArguments; reply: Record<string, never> }
  'migrate-set-capabilities': { arguments: MigrateSetCapabilitiesArguments; reply: Record<string, never> }
  'migrate-set-parameters': { arguments: MigrateSetParametersArguments; reply: Record<string, never> }
  'migrate-start-postcopy': { arguments: Record<string, never>; reply: Record<string, never> }
  migrate_cancel: { arguments: Record<string, never>; reply: Record<string, never> }
  /** @deprecated QEMU is going to remove it. */
  'nbd-server-add': { arguments: NbdServerAddArguments; reply: Record<string, never> }
  /** @deprecated QEMU is going to remove it. */
  'nbd-server-remove': { arguments: NbdServerRemoveArguments; reply: Record<string, never> }
  'nbd-server-start': { arguments: NbdServerStartArguments; reply: Record<string, never> }
  'nbd-server-stop': { arguments: Record<string, never>; reply: Record<string, never> }
  netdev_add: { arguments: NetdevOptions; reply: Record<string, never> }
  netdev_del: { arguments: NetdevDelArguments; reply: Record<string, never> }
  'object-add': { arguments: ObjectOptions; reply: Record<string, never> }
  'object-del': { arguments: ObjectDelArguments; reply: Record<string, never> }
  pmemsave: { arguments: PmemsaveArguments; reply: Record<string, never> }
  qmp_capabilities: { arguments: QmpCapabilitiesArguments; reply: Record<string, never> }
  'qom-get': { arguments: QomGetArguments; reply: unknown }
  'qom-list': { arguments: QomListArguments; reply: DeviceListPropertiesReply[] }
  'qom-list-properties': { arguments: QomListPropertiesArguments; reply: DeviceListPropertiesReply[] }
  'qom-list-types': { arguments: QomListTypesArguments; reply: QomListTypesReply[] }
  'qom-set': { arguments: QomSetArguments; reply: Record<string, never> }
  'query-acpi-ospm-status': { arguments: Record<string, never>; reply: QueryAcpiOspmStatusReply[] }
  'query-balloon': { arguments: Record<string, never>; reply: QueryBalloonReply }
  'query-block': { arguments: Record<string, never>; reply: QueryBlockReply[] }
  'query-block-exports': { arguments: Record<string, never>; reply: QueryBlockExportsReply[] }
  'query-block-jobs': { arguments: Record<string, never>; reply: QueryBlockJobsReply[] }
  'query-blockstats': { arguments: QueryBlockstatsArguments; reply: QueryBlockstatsReply[] }
  'query-chardev': { arguments: Record<string, never>; reply: QueryChardevReply[] }
  'query-chardev-backends': { arguments: Record<string, never>; reply: QueryChardevBackendsReply[] }
  'query-colo-status': { arguments: Record<string, never>; reply: QueryColoStatusReply }
  'query-command-line-options': { arguments: QueryCommandLineOptionsArguments; reply: QueryCommandLineOptionsReply[] }
  'query-commands': { arguments: Record<string, never>; reply: QueryCommandsReply[] }
  'query-cpu-definitions': { arguments: Record<string, never>; reply: QueryCpuDefinitionsReply[] }
  'query-cpu-model-expansion': { arguments: QueryCpuModelExpansionArguments; reply: QueryCpuModelExpansionReply }
  'query-cpus-fast': { arguments: Record<string, never>; reply: QueryCpusFastReply[] }
  'query-current-machine': { arguments: Record<string, never>; reply: QueryCurrentMachineReply }
  'query-dirty-rate': { arguments: Record<string, never>; reply: QueryDirtyRateReply }
  'query-display-options': { arguments: Record<string, never>; reply: QueryDisplayOptionsReply }
  'query-dump': { arguments: Record<string, never>; reply: QueryDumpReply }
  'query-dump-guest-memory-capability': { arguments: Record<string, never>; reply: QueryDumpGuestMemoryCapabilityReply }
  'query-fdsets': { arguments: Record<string, never>; reply: QueryFdsetsReply[] }
  'query-hotpluggable-cpus': { arguments: Record<string, never>; reply: QueryHotpluggableCpusReply[] }
  'query-iothreads': { arguments: Record<string, never>; reply: QueryIothreadsReply[] }
  'query-jobs': { arguments: Record<string, never>; reply: QueryJobsReply[] }
  'query-kvm': { arguments: Record<string, never>; reply: QueryKvmReply }
  'query-machines': { arguments: Record<string, never>; reply: QueryMachinesReply[] }
  'query-memdev': { arguments: Record<string, never>; reply: QueryMemdevReply[] }
  'query-memory-devices': { arguments: Record<string, never>; reply: QueryMemoryDevicesReply[] }
  'query-memory-size-summary': { arguments: Record<string, never>; reply: QueryMemorySizeSummaryReply }
  'query-mice': { arguments: Record<string, never>; reply: QueryMiceReply[] }
  'query-migrate': { arguments: Record<string, never>; reply: QueryMigrateReply }
  'query-migrate-capabilities': { arguments: Record<string, never>; reply: QueryMigrateCapabilitiesReply[] }
  'query-migrate-parameters': { arguments: Record<string, never>; reply: QueryMigrateParametersReply }
  'query-name': { arguments: Record<string, never>; reply: QueryNameReply }
  'query-named-block-nodes': { arguments: QueryNamedBlockNodesArguments; reply: BlockDeviceInfo[] }
  'query-pci': { arguments: Record<string, never>; reply: QueryPciReply[] }
  'query-pr-managers': { arguments: Record<string, never>; reply: QueryPrManagersReply[] }
  'query-qmp-schema': { arguments: Record<string, never>; reply: QueryQmpSchemaReply[] }
  'query-replay': { arguments: Record<string, never>; reply: QueryReplayReply }
  'query-rocker': { arguments: QueryRockerArguments; reply: QueryRockerReply }
  'query-rocker-of-dpa-flows': { arguments: QueryRockerOfDpaFlowsArguments; reply: QueryRockerOfDpaFlowsReply[] }
  'query-rocker-of-dpa-groups': { arguments: QueryRockerOfDpaGroupsArguments; reply: QueryRockerOfDpaGroupsReply[] }
  'query-rocker-ports': { arguments: QueryRockerPortsArguments; reply: QueryRockerPortsReply[] }
  'query-rx-filter': { arguments: QueryRxFilterArguments; reply: QueryRxFilterReply[] }
  'query-sev': { arguments: Record<string, never>; reply: QuerySevReply }
  'query-sev-attestation-report': { arguments: QuerySevAttestationReportArguments; reply: QuerySevAttestationReportReply }
  'query-sev-capabilities': { arguments: Record<string, never>; reply: QuerySevCapabilitiesReply }
  'query-sev-launch-measure': { arguments: Record<string, never>; reply: QuerySevLaunchMeasureReply }
  'query-sgx': { arguments: Record<string, never>; reply: QuerySgxReply }
  'query-sgx-capabilities': { arguments: Record<string, never>; reply: QuerySgxReply }
  'query-spice': { arguments: Record<string, never>; reply: QuerySpiceReply }
  'query-stats': { arguments: QueryStatsArguments; reply: QueryStatsReply[] }
  'query-stats-schemas': { arguments: QueryStatsSchemasArguments; reply: QueryStatsSchemasReply[] }
  'query-status': { arguments: Record<string, never>; reply: QueryStatusReply }
  'query-target': { arguments: Record<string, never>; reply: QueryTargetReply }
  'query-tpm': { arguments: Record<string, never>; reply: QueryTpmReply[] }
  'query-tpm-models': { arguments: Record<string, never>; reply: QueryTpmModelsReply[] }
  'query-tpm-types': { arguments: Record<string, never>; reply: QueryTpmTypesReply[] }
  'query-uuid': { arguments: Record<string, never>; reply: QueryUuidReply }
  'query-vcpu-dirty-limit': { arguments: Record<string, never>; reply: QueryVcpuDirtyLimitReply[] }
  'query-version': { arguments: Record<string, never>; reply: QueryVersionReply }
  'query-vm-generation-id': { arguments: Record<string, never>; reply: QueryVmGenerationIdReply }
  'query-vnc': { arguments: Record<string, never>; reply: QueryVncReply }
  'query-vnc-servers': { arguments: Record<string, never>; reply: QueryVncServersReply[] }
  'query-xen-replication-status': { arguments: Record<string, never>; reply: QueryXenReplicationStatusReply }
  'query-yank': { arguments: Record<string, never>; reply: QueryYankReply[] }
  quit: { arguments: Record<string, never>; reply: Record<string, never> }
  'remove-fd': { arguments: RemoveFdArguments; reply: Record<string, never> }
  'replay-break': { arguments: ReplayBreakArguments; reply: Record<string, never> }
  'replay-delete-break': { arguments: Record<string, never>; reply: Record<string, never> }
  'replay-seek': { arguments: ReplaySeekArguments; reply: Record<string, never> }
  'ringbuf-read': { arguments: RingbufReadArguments; reply: string }
  'ringbuf-write': { arguments: RingbufWriteArguments; reply: Record<string, never> }
  'rtc-reset-reinjection': { arguments: Record<string, never>; reply: Record<string, never> }
  screendump: { arguments: ScreendumpArguments; reply: Record<string, never> }
  'send-key': { arguments: SendKeyArguments; reply: Record<string, never> }
  'set-action': { arguments: SetActionArguments; reply: Record<string, never> }
  'set-numa-node': { arguments: SetNumaNodeArguments; reply: Record<string, never> }
  'set-vcpu-dirty-limit': { arguments: SetVcpuDirtyLimitArguments; reply: Record<string, never> }
  set_link: { arguments: SetLinkArguments; reply: Record<string, never> }
  set_password: { arguments: SetPasswordArguments; reply: Record<string, never> }
  'sev-inject-launch-secret': { arguments: SevInjectLaunchSecretArguments; reply: Record<string, never> }
  'snapshot-delete': { arguments: SnapshotDeleteArguments; reply: Record<string, never> }
  'snapshot-load': { arguments: SnapshotLoadArguments; reply: Record<string, never> }
  'snapshot-save': { arguments: SnapshotSaveArguments; reply: Record<string, never> }
  stop: { arguments: Record<string, never>; reply: Record<string, never> }
  system_powerdown: { arguments: Record<string, never>; reply: Record<string, never> }
  system_reset: { arguments: Record<string, never>; reply: Record<string, never> }
  system_wakeup: { arguments: Record<string, never>; reply: Record<string, never> }
  'trace-event-get-state': { arguments: TraceEventGetStateArguments; reply: TraceEventGetStateReply[] }
  'trace-event-set-state': { arguments: TraceEventSetStateArguments; reply: Record<string, never> }
  transaction: { arguments: TransactionArguments; reply: Record<string, never> }
  'watchdog-set-action': { arguments: WatchdogSetActionArguments; reply: Record<string, never> }
  /** Unstable: QEMU may change it in any release. */
  'x-blockdev-amend': { arguments: XBlockdevAmendArguments; reply: Record<string, never> }
  /** Unstable: QEMU may change it in any release. */
  'x-blockdev-change': { arguments: XBlockdevChangeArguments; reply: Record<string, never> }
  /** Unstable: QEMU may change it in any release. */
  'x-blockdev-set-iothread': { arguments: XBlockdevSetIothreadArguments; reply: Record<string, never> }
  /** Unstable: QEMU may change it in any release. */
  'x-colo-lost-heartbeat': { arguments: Record<string, never>; reply: Record<string, never> }
  /** Unstable: QEMU may change it in any release. */
  'x-debug-block-dirty-bitmap-sha256': { arguments: BlockDirtyBitmap; reply: XDebugBlockDirtyBitmapSha256Reply }
  /** Unstable: QEMU may change it in any release. */
  'x-debug-query-block-graph': { arguments: Record<string, never>; reply: XDebugQueryBlockGraphReply }
  /** Unstable: QEMU may change it in any release. */
  'x-exit-preconfig': { arguments: Record<string, never>; reply: Record<string, never> }
  /** Unstable: QEMU may change it in any release. */
  'x-query-irq': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-jit': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-numa': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-opcount': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-profile': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-ramblock': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-rdma': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-roms': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-usb': { arguments: Record<string, never>; reply: HumanReadableText }
  /** Unstable: QEMU may change it in any release. */
  'x-query-virtio': { arguments: Record<string, never>; reply: XQueryVirtioReply[] }
  /** Unstable: QEMU may change it in any release. */
  'x-query-virtio-queue-element': { arguments: XQueryVirtioQueueElementArguments; reply: XQueryVirtioQueueElementReply }
  /** Unstable: QEMU may change it in any release. */
  'x-query-virtio-queue-status': { arguments: XQueryVirtioQueueStatusArguments; reply: XQueryVirtioQueueStatusReply }
  /** Unstable: QEMU may change it in any release. */
  'x-query-virtio-status': { arguments: XQueryVirtioStatusArguments; reply: XQueryVirtioStatusReply }
  /** Unstable: QEMU may change it in any release. */
  'x-query-virtio-vhost-queue-status': { arguments: XQueryVirtioVhostQueueStatusArguments; reply: XQueryVirtioVhostQueueStatusReply }
  'xen-colo-do-checkpoint': { arguments: Record<string, never>; reply: Record<string, never> }
  'xen-load-devices-state': { arguments: XenLoadDevicesStateArguments; reply: Record<string, never> }
  'xen-save-devices-state': { arguments: XenSaveDevicesStateArguments; reply: Record<string, never> }
  'xen-set-global-dirty-log': { arguments: XenSetGlobalDirtyLogArguments; reply: Record<string, never> }
  'xen-set-replication': { arguments: XenSetReplicationArguments; reply: Record<string, never> }
  yank: { arguments: YankArguments; reply: Record<string, never> }
}

export interface AddFdArguments {
  'fdset-id'?: number
  opaque?: string
}

export interface AddFdReply {
  'fdset-id': number
  fd: number
}

export interface AddClientArguments {
  protocol: string
  fdname: string
  skipauth?: boolean
  tls?: boolean
}

export interface AnnounceSelfArguments {
  initial: number
  max: number
  rounds: number
  step: number
  interfaces?: string[]
  id?: string
}

export interface BalloonArguments {
  value: number
}

export interface BlockCommitArguments {
  'job-id'?: string
  device: string
  'base-node'?: string
  /** @deprecated QEMU is going to remove it. */
  base?: string
  'top-node'?: string
  /** @deprecated QEMU is going to remove it. */
  top?: string
  'backing-file'?: string
  speed?: number
  'on-error'?: BlockdevOnError
  'filter-node-name'?: string
  'auto-finalize'?: boolean
  'auto-dismiss'?: boolean
}

export interface BlockDirtyBitmapAddArguments {
  node: string
  name: string
  granularity?: number
  persistent?: boolean
  disabled?: boolean
}

export interface BlockDirtyBitmap {
  node: string
  name: string
}

export interface BlockDirtyBitmapMergeArguments {
  node: string
  target: string
  bitmaps: BlockDirtyBitmapMergeBitmaps[]
}

export type BlockExportAddArguments = {
  id: string
  'fixed-iothread'?: boolean
  iothread?: string
  'node-name': string
  writable?: boolean
  writethrough?: boolean
} & (
  | ({ type: 'nbd' } & BlockExportAddNbd)
  | ({ type: 'vhost-user-blk' } & BlockExportAddVhostUserBlk)
  | ({ type: 'fuse' } & BlockExportAddFuse)
  | ({ type: 'vduse-blk' } & BlockExportAddVduseBlk)
)

export interface BlockExportDelArguments {
  id: string
  mode?: BlockExportDelMode
}

export interface BlockJobCancelArguments {
  device: string
  force?: boolean
}

export interface BlockJobCompleteArguments {
  device: string
}

export interface BlockJobDismissArguments {
  id: string
}

export interface BlockJobFinalizeArguments {
  id: string
}

export interface BlockJobPauseArguments {
  device: string
}

export interface BlockJobResumeArguments {
  device: string
}

export interface BlockJobSetSpeedArguments {
  device: string
  speed: number
}

export interface BlockLatencyHistogramSetArguments {
  id: string
  boundaries?: number[]
  'boundaries-read'?: number[]
  'boundaries-write'?: number[]
  'boundaries-flush'?: number[]
}

export interface BlockSetWriteThresholdArguments {
  'node-name': string
  'write-threshold': number
}

export interface BlockStreamArguments {
  'job-id'?: string
  device: string
  base?: string
  'base-node'?: string
  'backing-file'?: string
  bottom?: string
  speed?: number
  'on-error'?: BlockdevOnError
  'filter-node-name'?: string
  'auto-finalize'?: boolean
  'auto-dismiss'?: boolean
}

export interface BlockResizeArguments {
  device?: string
  'node-name'?: string
  size: number
}

export interface BlockSetIoThrottleArguments {
  /** @deprecated QEMU is going to remove it. */
  device?: string
  id?: string
  bps: number
  bps_rd: number
  bps_wr: number
  iops: number
  iops_rd: number
  iops_wr: number
  bps_max?: number
  bps_rd_max?: number
  bps_wr_max?: number
  iops_max?: number
  iops_rd_max?: number
  iops_wr_max?: number
  bps_max_length?: number
  bps_rd_max_length?: number
  bps_wr_max_length?: number
  iops_max_length?: number
  iops_rd_max_length?: number
  iops_wr_max_length?: number
  iops_size?: number
  group?: string
}

export type BlockdevOptions = {
  'node-name'?: string
  discard?: BlockdevOptionsDiscard
  cache?: BlockdevOptionsCache
  'read-only'?: boolean
  'auto-read-only'?: boolean
  'force-share'?: boolean
  'detect-zeroes'?: BlockdevOptionsDetectZeroes
} & (
  | ({ driver: 'blkdebug' } & BlockdevOptionsBlkdebug)
  | ({ driver: 'blklogwrites' } & BlockdevOptionsBlklogwrites)
  | ({ driver: 'blkverify' } & BlockdevOptionsBlkverify)
  | ({ driver: 'blkreplay' } & BlockdevOptionsBlkreplay)
  | ({ driver: 'bochs' | 'cloop' | 'compress' | 'dmg' | 'parallels' | 'snapshot-access' | 'vdi' | 'vhdx' | 'vpc' } & BlockdevOptionsBochs)
  | ({ driver: 'copy-before-write' } & BlockdevOptionsCopyBeforeWrite)
  | ({ driver: 'copy-on-read' } & BlockdevOptionsCopyOnRead)
  | ({ driver: 'file' | 'host_cdrom' | 'host_device' } & BlockdevOptionsFile)
  | ({ driver: 'ftp' } & BlockdevOptionsFtp)
  | ({ driver: 'ftps' } & BlockdevOptionsFtps)
  | ({ driver: 'gluster' } & BlockdevOptionsGluster)
  | ({ driver: 'http' } & BlockdevOptionsHttp)
  | ({ driver: 'https' } & BlockdevOptionsHttps)
  | ({ driver: 'iscsi' } & BlockdevOptionsIscsi)
  | ({ driver: 'luks' } & BlockdevOptionsLuks)
  | ({ driver: 'nbd' } & BlockdevOptionsNbd)
  | ({ driver: 'nfs' } & BlockdevOptionsNfs)
  | ({ driver: 'null-aio' | 'null-co' } & BlockdevOptionsNullAio)
  | ({ driver: 'nvme' } & BlockdevOptionsNvme)
  | ({ driver: 'preallocate' } & BlockdevOptionsPreallocate)
  | ({ driver: 'qcow2' } & BlockdevOptionsQcow2)
  | ({ driver: 'qcow' } & BlockdevOptionsQcow)
  | ({ driver: 'qed' | 'vmdk' } & BlockdevOptionsQed)
  | ({ driver: 'quorum' } & BlockdevOptionsQuorum)
  | ({ driver: 'raw' } & BlockdevOptionsRaw)
  | ({ driver: 'rbd' } & BlockdevOptionsRbd)
  | ({ driver: 'replication' } & BlockdevOptionsReplication)
  | ({ driver: 'ssh' } & BlockdevOptionsSsh)
  | ({ driver: 'throttle' } & BlockdevOptionsThrottle)
  | ({ driver: 'vvfat' } & BlockdevOptionsVvfat)
)

export interface BlockdevBackupArguments {
  'job-id'?: string
  device: string
  sync: MirrorSyncMode
  speed?: number
  bitmap?: string
  'bitmap-mode'?: BlockdevBackupBitmapMode
  compress?: boolean
  'on-source-error'?: BlockdevOnError
  'on-target-error'?: BlockdevOnError
  'auto-finalize'?: boolean
  'auto-dismiss'?: boolean
  'filter-node-name'?: string
  /** Unstable: QEMU may change it in any release. */
  'x-perf'?: BlockdevBackupXPerf
  target: string
}

export interface BlockdevChangeMediumArguments {
  /** @deprecated QEMU is going to remove it. */
  device?: string
  id?: string
  filename: string
  format?: string
  force?: boolean
  'read-only-mode'?: BlockdevChangeMediumReadOnlyMode
}

export interface BlockdevCloseTrayArguments {
  /** @deprecated QEMU is going to remove it. */
  device?: string
  id?: string
}

export interface BlockdevCreateArguments {
  'job-id': string
  options: BlockdevCreateOptions
}

export interface BlockdevDelArguments {
  'node-name': string
}

export interface BlockdevInsertMediumArguments {
  id: string
  'node-name': string
}

export interface BlockdevMirrorArguments {
  'job-id'?: string
  device: string
  target: string
  replaces?: string
  sync: MirrorSyncMode
  speed?: number
  granularity?: number
  'buf-size'?: number
  'on-source-error'?: BlockdevOnError
  'on-target-error'?: BlockdevOnError
  'filter-node-name'?: string
  'copy-mode'?: BlockdevMirrorCopyMode
  'auto-finalize'?: boolean
  'auto-dismiss'?: boolean
}

export interface BlockdevOpenTrayArguments {
  /** @deprecated QEMU is going to remove it. */
  device?: string
  id?: string
  force?: boolean
}

export interface BlockdevRemoveMediumArguments {
  id: string
}

export interface BlockdevReopenArguments {
  options: BlockdevOptions[]
}

export interface BlockdevSnapshotArguments {
  node: string
  overlay: string
}

export interface BlockdevSnapshotDeleteInternalSyncArguments {
  device: string
  id?: string
  name?: string
}

export interface BlockdevSnapshotDeleteInternalSyncReply {
  id: string
  name: string
  'vm-state-size': number
  'date-sec': number
  'date-nsec': number
  'vm-clock-sec': number
  'vm-clock-nsec': number
  icount?: number
}

export interface BlockdevSnapshotInternalSyncArguments {
  device: string
  name: string
}

export interface BlockdevSnapshotSyncArguments {
  device?: string
  'node-name'?: string
  'snapshot-file': string
  'snapshot-node-name'?: string
  format?: string
  mode?: BlockdevSnapshotSyncMode
}

export interface CalcDirtyRateArguments {
  'calc-time': number
  'sample-pages'?: number
  mode?: CalcDirtyRateMode
}

export interface CancelVcpuDirtyLimitArguments {
  'cpu-index'?: number
}

export interface ChangeBackingFileArguments {
  device: string
  'image-node-name': string
  'backing-file': string
}

export interface ChangeVncPasswordArguments {
  password: string
}

export interface ChardevAddArguments {
  id: string
  backend: ChardevAddBackend
}

export interface ChardevAddReply {
  pty?: string
}

export interface ChardevChangeArguments {
  id: string
  backend: ChardevAddBackend
}

export interface ChardevRemoveArguments {
  id: string
}

export interface ChardevSendBreakArguments {
  id: string
}

export interface ClientMigrateInfoArguments {
  protocol: string
  hostname: string
  port?: number
  'tls-port'?: number
  'cert-subject'?: string
}

export interface ClosefdArguments {
  fdname: string
}

export interface DeviceListPropertiesArguments {
  typename: string
}

export interface DeviceListPropertiesReply {
  name: string
  type: string
  description?: string
  'default-value'?: unknown
}

export interface DeviceAddArguments {
  driver: string
  bus?: string
  id?: string
}

export interface DeviceDelArguments {
  id: string
}

export type DisplayReloadArguments = (
  | ({ type: 'vnc' } & DisplayReloadVnc)
)

export type DisplayUpdateArguments = (
  | ({ type: 'vnc' } & DisplayUpdateVnc)
)

export interface DriveBackupArguments {
  'job-id'?: string
  device: string
  sync: MirrorSyncMode
  speed?: number
  bitmap?: string
  'bitmap-mode'?: BlockdevBackupBitmapMode
  compress?: boolean
  'on-source-error'?: BlockdevOnError
  'on-target-error'?: BlockdevOnError
  'auto-finalize'?: boolean
  'auto-dismiss'?: boolean
  'filter-node-name'?: string
  /** Unstable: QEMU may change it in any release. */
  'x-perf'?: BlockdevBackupXPerf
  target: string
  format?: string
  mode?: BlockdevSnapshotSyncMode
}

export interface DriveMirrorArguments {
  'job-id'?: string
  device: string
  target: string
  format?: string
  'node-name'?: string
  replaces?: string
  sync: MirrorSyncMode
  mode?: BlockdevSnapshotSyncMode
  speed?: number
  granularity?: number
  'buf-size'?: number
  'on-source-error'?: BlockdevOnError
  'on-target-error'?: BlockdevOnError
  unmap?: boolean
  'copy-mode'?: BlockdevMirrorCopyMode
  'auto-finalize'?: boolean
  'auto-dismiss'?: boolean
}

export interface DumpGuestMemoryArguments {
  paging: boolean
  protocol: string
  detach?: boolean
  begin?: number
  length?: number
  format?: DumpGuestMemoryFormat
}

export interface DumpdtbArguments {
  filename: string
}

export interface EjectArguments {
  /** @deprecated QEMU is going to remove it. */
  device?: string
  id?: string
  force?: boolean
}

export type ExpirePasswordArguments = {
  time: string
} & (
  | ({ protocol: 'vnc' } & ExpirePasswordVnc)
  | { protocol: 'spice' }
)

export interface GetfdArguments {
  fdname: string
}

export interface HumanMonitorCommandArguments {
  'command-line': string
  'cpu-index'?: number
}

export interface InputSendEventArguments {
  device?: string
  head?: number
  events: InputSendEventEvents[]
}

export interface JobCancelArguments {
  id: string
}

export interface JobCompleteArguments {
  id: string
}

export interface JobDismissArguments {
  id: string
}

export interface JobFinalizeArguments {
  id: string
}

export interface JobPauseArguments {
  id: string
}

export interface JobResumeArguments {
  id: string
}

export interface MemsaveArguments {
  val: number
  size: number
  filename: string
  'cpu-index'?: number
}

export interface MigrateArguments {
  uri: string
  blk?: boolean
  inc?: boolean
  detach?: boolean
  resume?: boolean
}

export interface MigrateContinueArguments {
  state: MigrationStatus
}

export interface MigrateIncomingArguments {
  uri: string
}

export interface MigrateRecoverArguments {
  uri: string
}

export interface MigrateSetCapabilitiesArguments {
  capabilities: QueryMigrateCapabilitiesReply[]
}

export interface MigrateSetParametersArguments {
  'announce-initial'?: number
  'announce-max'?: number
  'announce-rounds'?: number
  'announce-step'?: number
  'compress-level'?: number
  'compress-threads'?: number
  'compress-wait-thread'?: boolean
  'decompress-threads'?: number
  'throttle-trigger-threshold'?: number
  'cpu-throttle-initial'?: number
  'cpu-throttle-increment'?: number
  'cpu-throttle-tailslow'?: boolean
  'tls-creds'?: StrOrNull
  'tls-hostname'?: StrOrNull
  'tls-authz'?: StrOrNull
  'max-bandwidth'?: number
  'downtime-limit'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-checkpoint-delay'?: number
  'block-incremental'?: boolean
  'multifd-channels'?: number
  'xbzrle-cache-size'?: number
  'max-postcopy-bandwidth'?: number
  'max-cpu-throttle'?: number
  'multifd-compression'?: MigrateSetParametersMultifdCompression
  'multifd-zlib-level'?: number
  'multifd-zstd-level'?: number
  'block-bitmap-mapping'?: MigrateSetParametersBlockBitmapMapping[]
}

export interface NbdServerAddArguments {
  name?: string
  description?: string
  device: string
  writable?: boolean
  bitmap?: string
}

export interface NbdServerRemoveArguments {
  name: string
  mode?: BlockExportDelMode
}

export interface NbdServerStartArguments {
  addr: SocketAddressLegacy
  'tls-creds'?: string
  'tls-authz'?: string
  'max-connections'?: number
}

export type NetdevOptions = {
  id: string
} & (
  | ({ type: 'nic' } & NetdevOptionsNic)
  | ({ type: 'user' } & NetdevOptionsUser)
  | ({ type: 'tap' } & NetdevOptionsTap)
  | ({ type: 'l2tpv3' } & NetdevOptionsL2tpv3)
  | ({ type: 'socket' } & NetdevOptionsSocket)
  | ({ type: 'stream' } & NetdevOptionsStream)
  | ({ type: 'dgram' } & NetdevOptionsDgram)
  | ({ type: 'vde' } & NetdevOptionsVde)
  | ({ type: 'bridge' } & NetdevOptionsBridge)
  | ({ type: 'hubport' } & NetdevOptionsHubport)
  | ({ type: 'netmap' } & NetdevOptionsNetmap)
  | ({ type: 'vhost-user' } & NetdevOptionsVhostUser)
  | ({ type: 'vhost-vdpa' } & NetdevOptionsVhostVdpa)
  | { type: 'none' }
)

export interface NetdevDelArguments {
  id: string
}

export type ObjectOptions = {
  id: string
} & (
  | ({ 'qom-type': 'authz-list' } & ObjectOptionsAuthzList)
  | ({ 'qom-type': 'authz-listfile' } & ObjectOptionsAuthzListfile)
  | ({ 'qom-type': 'authz-pam' } & ObjectOptionsAuthzPam)
  | ({ 'qom-type': 'authz-simple' } & ObjectOptionsAuthzSimple)
  | ({ 'qom-type': 'can-host-socketcan' } & ObjectOptionsCanHostSocketcan)
  | ({ 'qom-type': 'colo-compare' } & ObjectOptionsColoCompare)
  | ({ 'qom-type': 'cryptodev-backend' | 'cryptodev-backend-builtin' | 'cryptodev-backend-lkcf' } & ObjectOptionsCryptodevBackend)
  | ({ 'qom-type': 'cryptodev-vhost-user' } & ObjectOptionsCryptodevVhostUser)
  | ({ 'qom-type': 'dbus-vmstate' } & ObjectOptionsDbusVmstate)
  | ({ 'qom-type': 'filter-buffer' } & ObjectOptionsFilterBuffer)
  | ({ 'qom-type': 'filter-dump' } & ObjectOptionsFilterDump)
  | ({ 'qom-type': 'filter-mirror' } & ObjectOptionsFilterMirror)
  | ({ 'qom-type': 'filter-redirector' } & ObjectOptionsFilterRedirector)
  | ({ 'qom-type': 'filter-replay' } & ObjectOptionsFilterReplay)
  | ({ 'qom-type': 'filter-rewriter' } & ObjectOptionsFilterRewriter)
  | ({ 'qom-type': 'input-barrier' } & ObjectOptionsInputBarrier)
  | ({ 'qom-type': 'input-linux' } & ObjectOptionsInputLinux)
  | ({ 'qom-type': 'iothread' } & ObjectOptionsIothread)
  | ({ 'qom-type': 'main-loop' } & ObjectOptionsMainLoop)
  | ({ 'qom-type': 'memory-backend-epc' } & ObjectOptionsMemoryBackendEpc)
  | ({ 'qom-type': 'memory-backend-file' } & ObjectOptionsMemoryBackendFile)
  | ({ 'qom-type': 'memory-backend-memfd' } & ObjectOptionsMemoryBackendMemfd)
  | ({ 'qom-type': 'memory-backend-ram' } & ObjectOptionsMemoryBackendRam)
  | ({ 'qom-type': 'pr-manager-helper' } & ObjectOptionsPrManagerHelper)
  | ({ 'qom-type': 'qtest' } & ObjectOptionsQtest)
  | ({ 'qom-type': 'rng-builtin' } & ObjectOptionsRngBuiltin)
  | ({ 'qom-type': 'rng-egd' } & ObjectOptionsRngEgd)
  | ({ 'qom-type': 'rng-random' } & ObjectOptionsRngRandom)
  | ({ 'qom-type': 'secret' } & ObjectOptionsSecret)
  | ({ 'qom-type': 'secret_keyring' } & ObjectOptionsSecretKeyring)
  | ({ 'qom-type': 'sev-guest' } & ObjectOptionsSevGuest)
  | ({ 'qom-type': 'thread-context' } & ObjectOptionsThreadContext)
  | ({ 'qom-type': 'throttle-group' } & ObjectOptionsThrottleGroup)
  | ({ 'qom-type': 'tls-creds-anon' } & ObjectOptionsTlsCredsAnon)
  | ({ 'qom-type': 'tls-creds-psk' } & ObjectOptionsTlsCredsPsk)
  | ({ 'qom-type': 'tls-creds-x509' } & ObjectOptionsTlsCredsX509)
  | ({ 'qom-type': 'tls-cipher-suites' } & ObjectOptionsTlsCipherSuites)
  | ({ 'qom-type': 'x-remote-object' } & ObjectOptionsXRemoteObject)
  | ({ 'qom-type': 'x-vfio-user-server' } & ObjectOptionsXVfioUserServer)
  | { 'qom-type': 'can-bus' | 'pef-guest' | 's390-pv-guest' }
)

export interface ObjectDelArguments {
  id: string
}

export interface PmemsaveArguments {
  val: number
  size: number
  filename: string
}

export interface QmpCapabilitiesArguments {
  enable?: QmpCapabilitiesEnable[]
}

export interface QomGetArguments {
  path: string
  property: string
}

export interface QomListArguments {
  path: string
}

export interface QomListPropertiesArguments {
  typename: string
}

export interface QomListTypesArguments {
  implements?: string
  abstract?: boolean
}

export interface QomListTypesReply {
  name: string
  abstract?: boolean
  parent?: string
}

export interface QomSetArguments {
  path: string
  property: string
  value: unknown
}

export interface QueryAcpiOspmStatusReply {
  device?: string
  slot: string
  'slot-type': QueryAcpiOspmStatusSlotType
  source: number
  status: number
}

export interface QueryBalloonReply {
  actual: number
}

export interface QueryBlockReply {
  device: string
  qdev?: string
  type: string
  removable: boolean
  locked: boolean
  inserted?: BlockDeviceInfo
  tray_open?: boolean
  'io-status'?: QueryBlockIoStatus
}

export interface QueryBlockExportsReply {
  id: string
  type: BlockExportAddType
  'node-name': string
  'shutting-down': boolean
}

export interface QueryBlockJobsReply {
  type: string
  device: string
  len: number
  offset: number
  busy: boolean
  paused: boolean
  speed: number
  'io-status': QueryBlockIoStatus
  ready: boolean
  status: JobStatus
  'auto-finalize': boolean
  'auto-dismiss': boolean
  error?: string
}

export interface QueryBlockstatsArguments {
  'query-nodes'?: boolean
}

export interface QueryBlockstatsReply {
  device?: string
  qdev?: string
  'node-name'?: string
  stats: QueryBlockstatsStats
  'driver-specific'?: QueryBlockstatsDriverSpecific
  parent?: QueryBlockstatsReply
  backing?: QueryBlockstatsReply
}

export interface QueryChardevReply {
  label: string
  filename: string
  'frontend-open': boolean
}

export interface QueryChardevBackendsReply {
  name: string
}

export interface QueryColoStatusReply {
  mode: ColoMode
  'last-mode': ColoMode
  reason: ColoExitReason
}

export interface QueryCommandLineOptionsArguments {
  option?: string
}

export interface QueryCommandLineOptionsReply {
  option: string
  parameters: QueryCommandLineOptionsParameters[]
}

export interface QueryCommandsReply {
  name: string
}

export interface QueryCpuDefinitionsReply {
  name: string
  'migration-safe'?: boolean
  static: boolean
  'unavailable-features'?: string[]
  typename: string
  'alias-of'?: string
  deprecated: boolean
}

export interface QueryCpuModelExpansionArguments {
  type: QueryCpuModelExpansionType
  model: QueryCpuModelExpansionModel
}

export interface QueryCpuModelExpansionReply {
  model: QueryCpuModelExpansionModel
}

export type QueryCpusFastReply = {
  'cpu-index': number
  'qom-path': string
  'thread-id': number
  props?: QueryCpusFastProps
} & (
  | ({ target: 's390x' } & QueryCpusFastS390x)
  | { target: 'aarch64' | 'alpha' | 'arm' | 'avr' | 'cris' | 'hppa' | 'i386' | 'loongarch64' | 'm68k' | 'microblaze' | 'microblazeel' | 'mips' | 'mips64' | 'mips64el' | 'mipsel' | 'nios2' | 'or1k' | 'ppc' | 'ppc64' | 'riscv32' | 'riscv64' | 'rx' | 'sh4' | 'sh4eb' | 'sparc' | 'sparc64' | 'tricore' | 'x86_64' | 'xtensa' | 'xtensaeb' }
)

export interface QueryCurrentMachineReply {
  'wakeup-suspend-support': boolean
}

export interface QueryDirtyRateReply {
  'dirty-rate'?: number
  status: QueryDirtyRateStatus
  'start-time': number
  'calc-time': number
  'sample-pages': number
  mode: CalcDirtyRateMode
  'vcpu-dirty-rate'?: QueryDirtyRateVcpuDirtyRate[]
}

export type QueryDisplayOptionsReply = {
  'full-screen'?: boolean
  'window-close'?: boolean
  'show-cursor'?: boolean
  gl?: QueryDisplayOptionsGl
} & (
  | ({ type: 'gtk' } & QueryDisplayOptionsGtk)
  | ({ type: 'curses' } & QueryDisplayOptionsCurses)
  | ({ type: 'egl-headless' } & QueryDisplayOptionsEglHeadless)
  | ({ type: 'dbus' } & QueryDisplayOptionsDbus)
  | ({ type: 'sdl' } & QueryDisplayOptionsSdl)
  | { type: 'default' | 'none' | 'spice-app' }
)

export interface QueryDumpReply {
  status: QueryDumpStatus
  completed: number
  total: number
}

export interface QueryDumpGuestMemoryCapabilityReply {
  formats: DumpGuestMemoryFormat[]
}

export interface QueryFdsetsReply {
  'fdset-id': number
  fds: QueryFdsetsFds[]
}

export interface QueryHotpluggableCpusReply {
  type: string
  'vcpus-count': number
  props: QueryCpusFastProps
  'qom-path'?: string
}

export interface QueryIothreadsReply {
  id: string
  'thread-id': number
  'poll-max-ns': number
  'poll-grow': number
  'poll-shrink': number
  'aio-max-batch': number
}

export interface QueryJobsReply {
  id: string
  type: JobType
  status: JobStatus
  'current-progress': number
  'total-progress': number
  error?: string
}

export interface QueryKvmReply {
  enabled: boolean
  present: boolean
}

export interface QueryMachinesReply {
  name: string
  alias?: string
  'is-default'?: boolean
  'cpu-max': number
  'hotpluggable-cpus': boolean
  'numa-mem-supported': boolean
  deprecated: boolean
  'default-cpu-type'?: string
  'default-ram-id'?: string
}

export interface QueryMemdevReply {
  id?: string
  size: number
  merge: boolean
  dump: boolean
  prealloc: boolean
  share: boolean
  reserve?: boolean
  'host-nodes': number[]
  policy: HostMemPolicy
}

export type QueryMemoryDevicesReply = (
  | ({ type: 'dimm' | 'nvdimm' } & QueryMemoryDevicesDimm)
  | ({ type: 'virtio-pmem' } & QueryMemoryDevicesVirtioPmem)
  | ({ type: 'virtio-mem' } & QueryMemoryDevicesVirtioMem)
  | ({ type: 'sgx-epc' } & QueryMemoryDevicesSgxEpc)
)

export interface QueryMemorySizeSummaryReply {
  'base-memory': number
  'plugged-memory'?: number
}

export interface QueryMiceReply {
  name: string
  index: number
  current: boolean
  absolute: boolean
}

export interface QueryMigrateReply {
  status?: MigrationStatus
  ram?: QueryMigrateRam
  disk?: QueryMigrateRam
  vfio?: QueryMigrateVfio
  'xbzrle-cache'?: QueryMigrateXbzrleCache
  'total-time'?: number
  'expected-downtime'?: number
  downtime?: number
  'setup-time'?: number
  'cpu-throttle-percentage'?: number
  'error-desc'?: string
  'blocked-reasons'?: string[]
  'postcopy-blocktime'?: number
  'postcopy-vcpu-blocktime'?: number[]
  compression?: QueryMigrateCompression
  'socket-address'?: SocketAddress[]
}

export interface QueryMigrateCapabilitiesReply {
  capability: QueryMigrateCapabilitiesCapability
  state: boolean
}

export interface QueryMigrateParametersReply {
  'announce-initial'?: number
  'announce-max'?: number
  'announce-rounds'?: number
  'announce-step'?: number
  'compress-level'?: number
  'compress-threads'?: number
  'compress-wait-thread'?: boolean
  'decompress-threads'?: number
  'throttle-trigger-threshold'?: number
  'cpu-throttle-initial'?: number
  'cpu-throttle-increment'?: number
  'cpu-throttle-tailslow'?: boolean
  'tls-creds'?: string
  'tls-hostname'?: string
  'tls-authz'?: string
  'max-bandwidth'?: number
  'downtime-limit'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-checkpoint-delay'?: number
  'block-incremental'?: boolean
  'multifd-channels'?: number
  'xbzrle-cache-size'?: number
  'max-postcopy-bandwidth'?: number
  'max-cpu-throttle'?: number
  'multifd-compression'?: MigrateSetParametersMultifdCompression
  'multifd-zlib-level'?: number
  'multifd-zstd-level'?: number
  'block-bitmap-mapping'?: MigrateSetParametersBlockBitmapMapping[]
}

export interface QueryNameReply {
  name?: string
}

export interface QueryNamedBlockNodesArguments {
  flat?: boolean
}

export interface BlockDeviceInfo {
  file: string
  'node-name'?: string
  ro: boolean
  drv: string
  backing_file?: string
  backing_file_depth: number
  encrypted: boolean
  detect_zeroes: BlockdevOptionsDetectZeroes
  bps: number
  bps_rd: number
  bps_wr: number
  iops: number
  iops_rd: number
  iops_wr: number
  image: ImageInfo
  bps_max?: number
  bps_rd_max?: number
  bps_wr_max?: number
  iops_max?: number
  iops_rd_max?: number
  iops_wr_max?: number
  bps_max_length?: number
  bps_rd_max_length?: number
  bps_wr_max_length?: number
  iops_max_length?: number
  iops_rd_max_length?: number
  iops_wr_max_length?: number
  iops_size?: number
  group?: string
  cache: BlockDeviceInfoCache
  write_threshold: number
  'dirty-bitmaps'?: BlockDeviceInfoDirtyBitmaps[]
}

export interface QueryPciReply {
  bus: number
  devices: QueryPciDevices[]
}

export interface QueryPrManagersReply {
  id: string
  connected: boolean
}

export type QueryQmpSchemaReply = {
  name: string
  features?: string[]
} & (
  | ({ 'meta-type': 'builtin' } & QueryQmpSchemaBuiltin)
  | ({ 'meta-type': 'enum' } & QueryQmpSchemaEnum)
  | ({ 'meta-type': 'array' } & QueryQmpSchemaArray)
  | ({ 'meta-type': 'object' } & QueryQmpSchemaObject)
  | ({ 'meta-type': 'alternate' } & QueryQmpSchemaAlternate)
  | ({ 'meta-type': 'command' } & QueryQmpSchemaCommand)
  | ({ 'meta-type': 'event' } & QueryQmpSchemaEvent)
)

export interface QueryReplayReply {
  mode: QueryReplayMode
  filename?: string
  icount: number
}

export interface QueryRockerArguments {
  name: string
}

export interface QueryRockerReply {
  name: string
  id: number
  ports: number
}

export interface QueryRockerOfDpaFlowsArguments {
  name: string
  'tbl-id'?: number
}

export interface QueryRockerOfDpaFlowsReply {
  cookie: number
  hits: number
  key: QueryRockerOfDpaFlowsKey
  mask: QueryRockerOfDpaFlowsMask
  action: QueryRockerOfDpaFlowsAction
}

export interface QueryRockerOfDpaGroupsArguments {
  name: string
  type?: number
}

export interface QueryRockerOfDpaGroupsReply {
  id: number
  type: number
  'vlan-id'?: number
  pport?: number
  index?: number
  'out-pport'?: number
  'group-id'?: number
  'set-vlan-id'?: number
  'pop-vlan'?: number
  'group-ids'?: number[]
  'set-eth-src'?: string
  'set-eth-dst'?: string
  'ttl-check'?: number
}

export interface QueryRockerPortsArguments {
  name: string
}

export interface QueryRockerPortsReply {
  name: string
  enabled: boolean
  'link-up': boolean
  speed: number
  duplex: QueryRockerPortsDuplex
  autoneg: QueryRockerPortsAutoneg
}

export interface QueryRxFilterArguments {
  name?: string
}

export interface QueryRxFilterReply {
  name: string
  promiscuous: boolean
  multicast: QueryRxFilterMulticast
  unicast: QueryRxFilterMulticast
  vlan: QueryRxFilterMulticast
  'broadcast-allowed': boolean
  'multicast-overflow': boolean
  'unicast-overflow': boolean
  'main-mac': string
  'vlan-table': number[]
  'unicast-table': string[]
  'multicast-table': string[]
}

export interface QuerySevReply {
  enabled: boolean
  'api-major': number
  'api-minor': number
  'build-id': number
  policy: number
  state: QuerySevState
  handle: number
}

export interface QuerySevAttestationReportArguments {
  mnonce: string
}

export interface QuerySevAttestationReportReply {
  data: string
}

export interface QuerySevCapabilitiesReply {
  pdh: string
  'cert-chain': string
  'cpu0-id': string
  cbitpos: number
  'reduced-phys-bits': number
}

export interface QuerySevLaunchMeasureReply {
  data: string
}

export interface QuerySgxReply {
  sgx: boolean
  sgx1: boolean
  sgx2: boolean
  flc: boolean
  /** @deprecated QEMU is going to remove it. */
  'section-size': number
  sections: QuerySgxSections[]
}

export interface QuerySpiceReply {
  enabled: boolean
  migrated: boolean
  host?: string
  port?: number
  'tls-port'?: number
  auth?: string
  'compiled-version'?: string
  'mouse-mode': QuerySpiceMouseMode
  channels?: QuerySpiceChannels[]
}

export type QueryStatsArguments = {
  providers?: QueryStatsProviders[]
} & (
  | ({ target: 'vcpu' } & QueryStatsVcpu)
  | { target: 'vm' }
)

export interface QueryStatsReply {
  provider: QueryStatsProvider
  'qom-path'?: string
  stats: QueryStatsStats[]
}

export interface QueryStatsSchemasArguments {
  provider?: QueryStatsProvider
}

export interface QueryStatsSchemasReply {
  provider: QueryStatsProvider
  target: QueryStatsTarget
  stats: QueryStatsSchemasStats[]
}

export interface QueryStatusReply {
  running: boolean
  singlestep: boolean
  status: RunState
}

export interface QueryTargetReply {
  arch: QueryCpusFastTarget
}

export interface QueryTpmReply {
  id: string
  model: QueryTpmModelsReply
  options: QueryTpmOptions
}

export type QueryTpmModelsReply =
  | 'tpm-tis'
  | 'tpm-crb'
  | 'tpm-spapr'

export type QueryTpmTypesReply =
  | 'passthrough'
  | 'emulator'

export interface QueryUuidReply {
  UUID: string
}

export interface QueryVcpuDirtyLimitReply {
  'cpu-index': number
  'limit-rate': number
  'current-rate': number
}

export interface QueryVersionReply {
  qemu: QueryVersionQemu
  package: string
}

export interface QueryVmGenerationIdReply {
  guid: string
}

export interface QueryVncReply {
  enabled: boolean
  host?: string
  family?: NetworkAddressFamily
  service?: string
  auth?: string
  clients?: QueryVncClients[]
}

export interface QueryVncServersReply {
  id: string
  server: QueryVncServersServer[]
  clients: QueryVncClients[]
  auth: QueryVncServersAuth
  vencrypt?: QueryVncServersVencrypt
  display?: string
}

export interface QueryXenReplicationStatusReply {
  error: boolean
  desc?: string
}

export type QueryYankReply = (
  | ({ type: 'block-node' } & QueryYankBlockNode)
  | ({ type: 'chardev' } & QueryYankChardev)
  | { type: 'migration' }
)

export interface RemoveFdArguments {
  'fdset-id': number
  fd?: number
}

export interface ReplayBreakArguments {
  icount: number
}

export interface ReplaySeekArguments {
  icount: number
}

export interface RingbufReadArguments {
  device: string
  size: number
  format?: RingbufReadFormat
}

export interface RingbufWriteArguments {
  device: string
  data: string
  format?: RingbufReadFormat
}

export interface ScreendumpArguments {
  filename: string
  device?: string
  head?: number
  format?: ScreendumpFormat
}

export interface SendKeyArguments {
  keys: SendKeyKeys[]
  'hold-time'?: number
}

export interface SetActionArguments {
  reboot?: SetActionReboot
  shutdown?: SetActionShutdown
  panic?: SetActionPanic
  watchdog?: WatchdogAction
}

export type SetNumaNodeArguments = (
  | ({ type: 'node' } & SetNumaNodeNode)
  | ({ type: 'dist' } & SetNumaNodeDist)
  | ({ type: 'cpu' } & SetNumaNodeCpu)
  | ({ type: 'hmat-lb' } & SetNumaNodeHmatLb)
  | ({ type: 'hmat-cache' } & SetNumaNodeHmatCache)
)

export interface SetVcpuDirtyLimitArguments {
  'cpu-index'?: number
  'dirty-rate': number
}

export interface SetLinkArguments {
  name: string
  up: boolean
}

export type SetPasswordArguments = {
  password: string
  connected?: SetPasswordConnected
} & (
  | ({ protocol: 'vnc' } & SetPasswordVnc)
  | { protocol: 'spice' }
)

export interface SevInjectLaunchSecretArguments {
  'packet-header': string
  secret: string
  gpa?: number
}

export interface SnapshotDeleteArguments {
  'job-id': string
  tag: string
  devices: string[]
}

export interface SnapshotLoadArguments {
  'job-id': string
  tag: string
  vmstate: string
  devices: string[]
}

export interface SnapshotSaveArguments {
  'job-id': string
  tag: string
  vmstate: string
  devices: string[]
}

export interface TraceEventGetStateArguments {
  name: string
  vcpu?: number
}

export interface TraceEventGetStateReply {
  name: string
  state: TraceEventGetStateState
  vcpu: boolean
}

export interface TraceEventSetStateArguments {
  name: string
  enable: boolean
  'ignore-unavailable'?: boolean
  vcpu?: number
}

export interface TransactionArguments {
  actions: TransactionAction[]
  properties?: TransactionProperties
}

export interface WatchdogSetActionArguments {
  action: WatchdogAction
}

export interface XBlockdevAmendArguments {
  'job-id': string
  'node-name': string
  options: XBlockdevAmendOptions
  force?: boolean
}

export interface XBlockdevChangeArguments {
  parent: string
  child?: string
  node?: string
}

export interface XBlockdevSetIothreadArguments {
  'node-name': string
  iothread: StrOrNull
  force?: boolean
}

export interface XDebugBlockDirtyBitmapSha256Reply {
  sha256: string
}

export interface XDebugQueryBlockGraphReply {
  nodes: XDebugQueryBlockGraphNodes[]
  edges: XDebugQueryBlockGraphEdges[]
}

export interface HumanReadableText {
  'human-readable-text': string
}

export interface XQueryVirtioReply {
  path: string
  name: string
}

export interface XQueryVirtioQueueElementArguments {
  path: string
  queue: number
  index?: number
}

export interface XQueryVirtioQueueElementReply {
  name: string
  index: number
  descs: XQueryVirtioQueueElementDescs[]
  avail: XQueryVirtioQueueElementAvail
  used: XQueryVirtioQueueElementUsed
}

export interface XQueryVirtioQueueStatusArguments {
  path: string
  queue: number
}

export interface XQueryVirtioQueueStatusReply {
  name: string
  'queue-index': number
  inuse: number
  'vring-num': number
  'vring-num-default': number
  'vring-align': number
  'vring-desc': number
  'vring-avail': number
  'vring-used': number
  'last-avail-idx'?: number
  'shadow-avail-idx'?: number
  'used-idx': number
  'signalled-used': number
  'signalled-used-valid': boolean
}

export interface XQueryVirtioStatusArguments {
  path: string
}

export interface XQueryVirtioStatusReply {
  name: string
  'device-id': number
  'vhost-started': boolean
  'device-endian': string
  'guest-features': XQueryVirtioStatusGuestFeatures
  'host-features': XQueryVirtioStatusGuestFeatures
  'backend-features': XQueryVirtioStatusGuestFeatures
  'num-vqs': number
  status: XQueryVirtioStatusStatus
  isr: number
  'queue-sel': number
  'vm-running': boolean
  broken: boolean
  disabled: boolean
  'use-started': boolean
  started: boolean
  'start-on-kick': boolean
  'disable-legacy-check': boolean
  'bus-name': string
  'use-guest-notifier-mask': boolean
  'vhost-dev'?: XQueryVirtioStatusVhostDev
}

export interface XQueryVirtioVhostQueueStatusArguments {
  path: string
  queue: number
}

export interface XQueryVirtioVhostQueueStatusReply {
  name: string
  kick: number
  call: number
  desc: number
  avail: number
  used: number
  num: number
  'desc-phys': number
  'desc-size': number
  'avail-phys': number
  'avail-size': number
  'used-phys': number
  'used-size': number
}

export interface XenLoadDevicesStateArguments {
  filename: string
}

export interface XenSaveDevicesStateArguments {
  filename: string
  live?: boolean
}

export interface XenSetGlobalDirtyLogArguments {
  enable: boolean
}

export interface XenSetReplicationArguments {
  enable: boolean
  primary: boolean
  failover?: boolean
}

export interface YankArguments {
  instances: QueryYankReply[]
}

export type BlockdevOnError =
  | 'report'
  | 'ignore'
  | 'enospc'
  | 'stop'
  | 'auto'

export type BlockDirtyBitmapMergeBitmaps = string | BlockDirtyBitmap

export type BlockExportAddType =
  | 'nbd'
  | 'vhost-user-blk'
  | 'fuse'
  | 'vduse-blk'

export interface BlockExportAddNbd {
  name?: string
  description?: string
  bitmaps?: BlockDirtyBitmapMergeBitmaps[]
  'allocation-depth'?: boolean
}

export interface BlockExportAddVhostUserBlk {
  addr: SocketAddress
  'logical-block-size'?: number
  'num-queues'?: number
}

export interface BlockExportAddFuse {
  mountpoint: string
  growable?: boolean
  'allow-other'?: BlockExportAddFuseAllowOther
}

export interface BlockExportAddVduseBlk {
  name: string
  'num-queues'?: number
  'queue-size'?: number
  'logical-block-size'?: number
  serial?: string
}

export type BlockExportDelMode =
  | 'safe'
  | 'hard'

export type BlockdevOptionsDriver =
  | 'blkdebug'
  | 'blklogwrites'
  | 'blkreplay'
  | 'blkverify'
  | 'bochs'
  | 'cloop'
  | 'compress'
  | 'copy-before-write'
  | 'copy-on-read'
  | 'dmg'
  | 'file'
  | 'snapshot-access'
  | 'ftp'
  | 'ftps'
  | 'gluster'
  | 'host_cdrom'
  | 'host_device'
  | 'http'
  | 'https'
  | 'iscsi'
  | 'luks'
  | 'nbd'
  | 'nfs'
  | 'null-aio'
  | 'null-co'
  | 'nvme'
  | 'parallels'
  | 'preallocate'
  | 'qcow'
  | 'qcow2'
  | 'qed'
  | 'quorum'
  | 'raw'
  | 'rbd'
  | 'replication'
  | 'ssh'
  | 'throttle'
  | 'vdi'
  | 'vhdx'
  | 'vmdk'
  | 'vpc'
  | 'vvfat'

export type BlockdevOptionsDiscard =
  | 'ignore'
  | 'unmap'

export interface BlockdevOptionsCache {
  direct?: boolean
  'no-flush'?: boolean
}

export type BlockdevOptionsDetectZeroes =
  | 'off'
  | 'on'
  | 'unmap'

export interface BlockdevOptionsBlkdebug {
  image: BlockdevRef
  config?: string
  align?: number
  'max-transfer'?: number
  'opt-write-zero'?: number
  'max-write-zero'?: number
  'opt-discard'?: number
  'max-discard'?: number
  'inject-error'?: BlockdevOptionsBlkdebugInjectError[]
  'set-state'?: BlockdevOptionsBlkdebugSetState[]
  'take-child-perms'?: BlockdevOptionsBlkdebugTakeChildPerms[]
  'unshare-child-perms'?: BlockdevOptionsBlkdebugTakeChildPerms[]
}

export interface BlockdevOptionsBlklogwrites {
  file: BlockdevRef
  log: BlockdevRef
  'log-sector-size'?: number
  'log-append'?: boolean
  'log-super-update-interval'?: number
}

export interface BlockdevOptionsBlkverify {
  test: BlockdevRef
  raw: BlockdevRef
}

export interface BlockdevOptionsBlkreplay {
  image: BlockdevRef
}

export interface BlockdevOptionsBochs {
  file: BlockdevRef
}

export interface BlockdevOptionsCopyBeforeWrite {
  file: BlockdevRef
  target: BlockdevRef
  bitmap?: BlockDirtyBitmap
  'on-cbw-error'?: BlockdevOptionsCopyBeforeWriteOnCbwError
  'cbw-timeout'?: number
}

export interface BlockdevOptionsCopyOnRead {
  file: BlockdevRef
  bottom?: string
}

export interface BlockdevOptionsFile {
  filename: string
  'pr-manager'?: string
  locking?: BlockdevOptionsFileLocking
  aio?: BlockdevOptionsFileAio
  'aio-max-batch'?: number
  'drop-cache'?: boolean
  /** Unstable: QEMU may change it in any release. */
  'x-check-cache-dropped'?: boolean
}

export interface BlockdevOptionsFtp {
  url: string
  readahead?: number
  timeout?: number
  username?: string
  'password-secret'?: string
  'proxy-username'?: string
  'proxy-password-secret'?: string
}

export interface BlockdevOptionsFtps {
  url: string
  readahead?: number
  timeout?: number
  username?: string
  'password-secret'?: string
  'proxy-username'?: string
  'proxy-password-secret'?: string
  sslverify?: boolean
}

export interface BlockdevOptionsGluster {
  volume: string
  path: string
  server: SocketAddress[]
  debug?: number
  logfile?: string
}

export interface BlockdevOptionsHttp {
  url: string
  readahead?: number
  timeout?: number
  username?: string
  'password-secret'?: string
  'proxy-username'?: string
  'proxy-password-secret'?: string
  cookie?: string
  'cookie-secret'?: string
}

export interface BlockdevOptionsHttps {
  url: string
  readahead?: number
  timeout?: number
  username?: string
  'password-secret'?: string
  'proxy-username'?: string
  'proxy-password-secret'?: string
  cookie?: string
  sslverify?: boolean
  'cookie-secret'?: string
}

export interface BlockdevOptionsIscsi {
  transport: BlockdevOptionsIscsiTransport
  portal: string
  target: string
  lun?: number
  user?: string
  'password-secret'?: string
  'initiator-name'?: string
  'header-digest'?: BlockdevOptionsIscsiHeaderDigest
  timeout?: number
}

export interface BlockdevOptionsLuks {
  file: BlockdevRef
  'key-secret'?: string
}

export interface BlockdevOptionsNbd {
  server: SocketAddress
  export?: string
  'tls-creds'?: string
  'tls-hostname'?: string
  /** Unstable: QEMU may change it in any release. */
  'x-dirty-bitmap'?: string
  'reconnect-delay'?: number
  'open-timeout'?: number
}

export interface BlockdevOptionsNfs {
  server: BlockdevOptionsNfsServer
  path: string
  user?: number
  group?: number
  'tcp-syn-count'?: number
  'readahead-size'?: number
  'page-cache-size'?: number
  debug?: number
}

export interface BlockdevOptionsNullAio {
  size?: number
  'latency-ns'?: number
  'read-zeroes'?: boolean
}

export interface BlockdevOptionsNvme {
  device: string
  namespace: number
}

export interface BlockdevOptionsPreallocate {
  file: BlockdevRef
  'prealloc-align'?: number
  'prealloc-size'?: number
}

export interface BlockdevOptionsQcow2 {
  file: BlockdevRef
  backing?: BlockdevRefOrNull
  'lazy-refcounts'?: boolean
  'pass-discard-request'?: boolean
  'pass-discard-snapshot'?: boolean
  'pass-discard-other'?: boolean
  'overlap-check'?: BlockdevOptionsQcow2OverlapCheck
  'cache-size'?: number
  'l2-cache-size'?: number
  'l2-cache-entry-size'?: number
  'refcount-cache-size'?: number
  'cache-clean-interval'?: number
  encrypt?: BlockdevOptionsQcow2Encrypt
  'data-file'?: BlockdevRef
}

export interface BlockdevOptionsQcow {
  file: BlockdevRef
  backing?: BlockdevRefOrNull
  encrypt?: BlockdevOptionsQcowEncrypt
}

export interface BlockdevOptionsQed {
  file: BlockdevRef
  backing?: BlockdevRefOrNull
}

export interface BlockdevOptionsQuorum {
  blkverify?: boolean
  children: BlockdevRef[]
  'vote-threshold': number
  'rewrite-corrupted'?: boolean
  'read-pattern'?: BlockdevOptionsQuorumReadPattern
}

export interface BlockdevOptionsRaw {
  file: BlockdevRef
  offset?: number
  size?: number
}

export interface BlockdevOptionsRbd {
  pool: string
  namespace?: string
  image: string
  conf?: string
  snapshot?: string
  encrypt?: BlockdevOptionsRbdEncrypt
  user?: string
  'auth-client-required'?: BlockdevOptionsRbdAuthClientRequired[]
  'key-secret'?: string
  server?: BlockdevOptionsRbdServer[]
}

export interface BlockdevOptionsReplication {
  file: BlockdevRef
  mode: BlockdevOptionsReplicationMode
  'top-id'?: string
}

export interface BlockdevOptionsSsh {
  server: BlockdevOptionsSshServer
  path: string
  user?: string
  'host-key-check'?: BlockdevOptionsSshHostKeyCheck
}

export interface BlockdevOptionsThrottle {
  'throttle-group': string
  file: BlockdevRef
}

export interface BlockdevOptionsVvfat {
  dir: string
  'fat-type'?: number
  floppy?: boolean
  label?: string
  rw?: boolean
}

export type MirrorSyncMode =
  | 'top'
  | 'full'
  | 'none'
  | 'incremental'
  | 'bitmap'

export type BlockdevBackupBitmapMode =
  | 'on-success'
  | 'never'
  | 'always'

export interface BlockdevBackupXPerf {
  'use-copy-range'?: boolean
  'max-workers'?: number
  'max-chunk'?: number
}

export type BlockdevChangeMediumReadOnlyMode =
  | 'retain'
  | 'read-only'
  | 'read-write'

export type BlockdevCreateOptions = (
  | ({ driver: 'file' } & BlockdevCreateOptionsFile)
  | ({ driver: 'gluster' } & BlockdevCreateOptionsGluster)
  | ({ driver: 'luks' } & BlockdevCreateOptionsLuks)
  | ({ driver: 'nfs' } & BlockdevCreateOptionsNfs)
  | ({ driver: 'parallels' } & BlockdevCreateOptionsParallels)
  | ({ driver: 'qcow' } & BlockdevCreateOptionsQcow)
  | ({ driver: 'qcow2' } & BlockdevCreateOptionsQcow2)
  | ({ driver: 'qed' } & BlockdevCreateOptionsQed)
  | ({ driver: 'rbd' } & BlockdevCreateOptionsRbd)
  | ({ driver: 'ssh' } & BlockdevCreateOptionsSsh)
  | ({ driver: 'vdi' } & BlockdevCreateOptionsVdi)
  | ({ driver: 'vhdx' } & BlockdevCreateOptionsVhdx)
  | ({ driver: 'vmdk' } & BlockdevCreateOptionsVmdk)
  | ({ driver: 'vpc' } & BlockdevCreateOptionsVpc)
  | { driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'snapshot-access' | 'ftp' | 'ftps' | 'host_cdrom' | 'host_device' | 'http' | 'https' | 'iscsi' | 'nbd' | 'null-aio' | 'null-co' | 'nvme' | 'preallocate' | 'quorum' | 'raw' | 'replication' | 'throttle' | 'vvfat' }
)

export type BlockdevMirrorCopyMode =
  | 'background'
  | 'write-blocking'

export type BlockdevSnapshotSyncMode =
  | 'existing'
  | 'absolute-paths'

export type CalcDirtyRateMode =
  | 'page-sampling'
  | 'dirty-ring'
  | 'dirty-bitmap'

export type ChardevAddBackend = (
  | ({ type: 'file' } & ChardevAddBackendFile)
  | ({ type: 'serial' | 'parallel' | 'pipe' } & ChardevAddBackendSerial)
  | ({ type: 'socket' } & ChardevAddBackendSocket)
  | ({ type: 'udp' } & ChardevAddBackendUdp)
  | ({ type: 'pty' | 'null' | 'msmouse' | 'wctablet' | 'braille' | 'testdev' | 'console' } & ChardevAddBackendPty)
  | ({ type: 'mux' } & ChardevAddBackendMux)
  | ({ type: 'stdio' } & ChardevAddBackendStdio)
  | ({ type: 'spicevmc' } & ChardevAddBackendSpicevmc)
  | ({ type: 'spiceport' } & ChardevAddBackendSpiceport)
  | ({ type: 'qemu-vdagent' } & ChardevAddBackendQemuVdagent)
  | ({ type: 'dbus' } & ChardevAddBackendDbus)
  | ({ type: 'vc' } & ChardevAddBackendVc)
  | ({ type: 'ringbuf' | 'memory' } & ChardevAddBackendRingbuf)
)

export type DisplayReloadType =
  | 'vnc'

export interface DisplayReloadVnc {
  'tls-certs'?: boolean
}

export type DisplayUpdateType =
  | 'vnc'

export interface DisplayUpdateVnc {
  addresses?: SocketAddress[]
}

export type DumpGuestMemoryFormat =
  | 'elf'
  | 'kdump-zlib'
  | 'kdump-lzo'
  | 'kdump-snappy'
  | 'win-dmp'

export type ExpirePasswordProtocol =
  | 'vnc'
  | 'spice'

export interface ExpirePasswordVnc {
  display?: string
}

export type InputSendEventEvents = (
  | ({ type: 'key' } & InputSendEventEventsKey)
  | ({ type: 'btn' } & InputSendEventEventsBtn)
  | ({ type: 'rel' | 'abs' } & InputSendEventEventsRel)
)

export type MigrationStatus =
  | 'none'
  | 'setup'
  | 'cancelling'
  | 'cancelled'
  | 'active'
  | 'postcopy-active'
  | 'postcopy-paused'
  | 'postcopy-recover'
  | 'completed'
  | 'failed'
  | 'colo'
  | 'pre-switchover'
  | 'device'
  | 'wait-unplug'

export type StrOrNull = string | null

export type MigrateSetParametersMultifdCompression =
  | 'none'
  | 'zlib'
  | 'zstd'

export interface MigrateSetParametersBlockBitmapMapping {
  'node-name': string
  alias: string
  bitmaps: MigrateSetParametersBlockBitmapMappingBitmaps[]
}

export type SocketAddressLegacy = (
  | ({ type: 'inet' } & SocketAddressLegacyInet)
  | ({ type: 'unix' } & SocketAddressLegacyUnix)
  | ({ type: 'vsock' } & SocketAddressLegacyVsock)
  | ({ type: 'fd' } & SocketAddressLegacyFd)
)

export type NetdevOptionsType =
  | 'none'
  | 'nic'
  | 'user'
  | 'tap'
  | 'l2tpv3'
  | 'socket'
  | 'stream'
  | 'dgram'
  | 'vde'
  | 'bridge'
  | 'hubport'
  | 'netmap'
  | 'vhost-user'
  | 'vhost-vdpa'

export interface NetdevOptionsNic {
  netdev?: string
  macaddr?: string
  model?: string
  addr?: string
  vectors?: number
}

export interface NetdevOptionsUser {
  hostname?: string
  restrict?: boolean
  ipv4?: boolean
  ipv6?: boolean
  ip?: string
  net?: string
  host?: string
  tftp?: string
  bootfile?: string
  dhcpstart?: string
  dns?: string
  dnssearch?: NetdevOptionsUserDnssearch[]
  domainname?: string
  'ipv6-prefix'?: string
  'ipv6-prefixlen'?: number
  'ipv6-host'?: string
  'ipv6-dns'?: string
  smb?: string
  smbserver?: string
  hostfwd?: NetdevOptionsUserDnssearch[]
  guestfwd?: NetdevOptionsUserDnssearch[]
  'tftp-server-name'?: string
}

export interface NetdevOptionsTap {
  ifname?: string
  fd?: string
  fds?: string
  script?: string
  downscript?: string
  br?: string
  helper?: string
  sndbuf?: number
  vnet_hdr?: boolean
  vhost?: boolean
  vhostfd?: string
  vhostfds?: string
  vhostforce?: boolean
  queues?: number
  'poll-us'?: number
}

export interface NetdevOptionsL2tpv3 {
  src: string
  dst: string
  srcport?: string
  dstport?: string
  ipv6?: boolean
  udp?: boolean
  cookie64?: boolean
  counter?: boolean
  pincounter?: boolean
  txcookie?: number
  rxcookie?: number
  txsession: number
  rxsession?: number
  offset?: number
}

export interface NetdevOptionsSocket {
  fd?: string
  listen?: string
  connect?: string
  mcast?: string
  localaddr?: string
  udp?: string
}

export interface NetdevOptionsStream {
  addr: SocketAddress
  server?: boolean
}

export interface NetdevOptionsDgram {
  local?: SocketAddress
  remote?: SocketAddress
}

export interface NetdevOptionsVde {
  sock?: string
  port?: number
  group?: string
  mode?: number
}

export interface NetdevOptionsBridge {
  br?: string
  helper?: string
}

export interface NetdevOptionsHubport {
  hubid: number
  netdev?: string
}

export interface NetdevOptionsNetmap {
  ifname: string
  devname?: string
}

export interface NetdevOptionsVhostUser {
  chardev: string
  vhostforce?: boolean
  queues?: number
}

export interface NetdevOptionsVhostVdpa {
  vhostdev?: string
  vhostfd?: string
  queues?: number
  /** Unstable: QEMU may change it in any release. */
  'x-svq'?: boolean
}

/** QEMU marks as unstable: x-remote-object, x-vfio-user-server. */
export type ObjectOptionsQomType =
  | 'authz-list'
  | 'authz-listfile'
  | 'authz-pam'
  | 'authz-simple'
  | 'can-bus'
  | 'can-host-socketcan'
  | 'colo-compare'
  | 'cryptodev-backend'
  | 'cryptodev-backend-builtin'
  | 'cryptodev-backend-lkcf'
  | 'cryptodev-vhost-user'
  | 'dbus-vmstate'
  | 'filter-buffer'
  | 'filter-dump'
  | 'filter-mirror'
  | 'filter-redirector'
  | 'filter-replay'
  | 'filter-rewriter'
  | 'input-barrier'
  | 'input-linux'
  | 'iothread'
  | 'main-loop'
  | 'memory-backend-epc'
  | 'memory-backend-file'
  | 'memory-backend-memfd'
  | 'memory-backend-ram'
  | 'pef-guest'
  | 'pr-manager-helper'
  | 'qtest'
  | 'rng-builtin'
  | 'rng-egd'
  | 'rng-random'
  | 'secret'
  | 'secret_keyring'
  | 'sev-guest'
  | 'thread-context'
  | 's390-pv-guest'
  | 'throttle-group'
  | 'tls-creds-anon'
  | 'tls-creds-psk'
  | 'tls-creds-x509'
  | 'tls-cipher-suites'
  | 'x-remote-object'
  | 'x-vfio-user-server'

export interface ObjectOptionsAuthzList {
  policy?: ObjectOptionsAuthzListPolicy
  rules?: ObjectOptionsAuthzListRules[]
}

export interface ObjectOptionsAuthzListfile {
  filename: string
  refresh?: boolean
}

export interface ObjectOptionsAuthzPam {
  service: string
}

export interface ObjectOptionsAuthzSimple {
  identity: string
}

export interface ObjectOptionsCanHostSocketcan {
  if: string
  canbus: string
}

export interface ObjectOptionsColoCompare {
  primary_in: string
  secondary_in: string
  outdev: string
  iothread: string
  notify_dev?: string
  compare_timeout?: number
  expired_scan_cycle?: number
  max_queue_size?: number
  vnet_hdr_support?: boolean
}

export interface ObjectOptionsCryptodevBackend {
  queues?: number
}

export interface ObjectOptionsCryptodevVhostUser {
  queues?: number
  chardev: string
}

export interface ObjectOptionsDbusVmstate {
  addr: string
  'id-list'?: string
}

export interface ObjectOptionsFilterBuffer {
  netdev: string
  queue?: ObjectOptionsFilterBufferQueue
  status?: string
  position?: string
  insert?: ObjectOptionsFilterBufferInsert
  interval: number
}

export interface ObjectOptionsFilterDump {
  netdev: string
  queue?: ObjectOptionsFilterBufferQueue
  status?: string
  position?: string
  insert?: ObjectOptionsFilterBufferInsert
  file: string
  maxlen?: number
}

export interface ObjectOptionsFilterMirror {
  netdev: string
  queue?: ObjectOptionsFilterBufferQueue
  status?: string
  position?: string
  insert?: ObjectOptionsFilterBufferInsert
  outdev: string
  vnet_hdr_support?: boolean
}

export interface ObjectOptionsFilterRedirector {
  netdev: string
  queue?: ObjectOptionsFilterBufferQueue
  status?: string
  position?: string
  insert?: ObjectOptionsFilterBufferInsert
  indev?: string
  outdev?: string
  vnet_hdr_support?: boolean
}

export interface ObjectOptionsFilterReplay {
  netdev: string
  queue?: ObjectOptionsFilterBufferQueue
  status?: string
  position?: string
  insert?: ObjectOptionsFilterBufferInsert
}

export interface ObjectOptionsFilterRewriter {
  netdev: string
  queue?: ObjectOptionsFilterBufferQueue
  status?: string
  position?: string
  insert?: ObjectOptionsFilterBufferInsert
  vnet_hdr_support?: boolean
}

export interface ObjectOptionsInputBarrier {
  name: string
  server?: string
  port?: string
  'x-origin'?: string
  'y-origin'?: string
  width?: string
  height?: string
}

export interface ObjectOptionsInputLinux {
  evdev: string
  grab_all?: boolean
  repeat?: boolean
  'grab-toggle'?: ObjectOptionsInputLinuxGrabToggle
}

export interface ObjectOptionsIothread {
  'aio-max-batch'?: number
  'thread-pool-min'?: number
  'thread-pool-max'?: number
  'poll-max-ns'?: number
  'poll-grow'?: number
  'poll-shrink'?: number
}

export interface ObjectOptionsMainLoop {
  'aio-max-batch'?: number
  'thread-pool-min'?: number
  'thread-pool-max'?: number
}

export interface ObjectOptionsMemoryBackendEpc {
  dump?: boolean
  'host-nodes'?: number[]
  merge?: boolean
  policy?: HostMemPolicy
  prealloc?: boolean
  'prealloc-threads'?: number
  'prealloc-context'?: string
  share?: boolean
  reserve?: boolean
  size: number
  'x-use-canonical-path-for-ramblock-id'?: boolean
}

export interface ObjectOptionsMemoryBackendFile {
  dump?: boolean
  'host-nodes'?: number[]
  merge?: boolean
  policy?: HostMemPolicy
  prealloc?: boolean
  'prealloc-threads'?: number
  'prealloc-context'?: string
  share?: boolean
  reserve?: boolean
  size: number
  'x-use-canonical-path-for-ramblock-id'?: boolean
  align?: number
  'discard-data'?: boolean
  'mem-path': string
  pmem?: boolean
  readonly?: boolean
}

export interface ObjectOptionsMemoryBackendMemfd {
  dump?: boolean
  'host-nodes'?: number[]
  merge?: boolean
  policy?: HostMemPolicy
  prealloc?: boolean
  'prealloc-threads'?: number
  'prealloc-context'?: string
  share?: boolean
  reserve?: boolean
  size: number
  'x-use-canonical-path-for-ramblock-id'?: boolean
  hugetlb?: boolean
  hugetlbsize?: number
  seal?: boolean
}

export interface ObjectOptionsMemoryBackendRam {
  dump?: boolean
  'host-nodes'?: number[]
  merge?: boolean
  policy?: HostMemPolicy
  prealloc?: boolean
  'prealloc-threads'?: number
  'prealloc-context'?: string
  share?: boolean
  reserve?: boolean
  size: number
  'x-use-canonical-path-for-ramblock-id'?: boolean
}

export interface ObjectOptionsPrManagerHelper {
  path: string
}

export interface ObjectOptionsQtest {
  chardev: string
  log?: string
}

export interface ObjectOptionsRngBuiltin {
  /** @deprecated QEMU is going to remove it. */
  opened?: boolean
}

export interface ObjectOptionsRngEgd {
  /** @deprecated QEMU is going to remove it. */
  opened?: boolean
  chardev: string
}

export interface ObjectOptionsRngRandom {
  /** @deprecated QEMU is going to remove it. */
  opened?: boolean
  filename?: string
}

export interface ObjectOptionsSecret {
  /** @deprecated QEMU is going to remove it. */
  loaded?: boolean
  format?: ObjectOptionsSecretFormat
  keyid?: string
  iv?: string
  data?: string
  file?: string
}

export interface ObjectOptionsSecretKeyring {
  /** @deprecated QEMU is going to remove it. */
  loaded?: boolean
  format?: ObjectOptionsSecretFormat
  keyid?: string
  iv?: string
  serial: number
}

export interface ObjectOptionsSevGuest {
  'sev-device'?: string
  'dh-cert-file'?: string
  'session-file'?: string
  policy?: number
  handle?: number
  cbitpos?: number
  'reduced-phys-bits': number
  'kernel-hashes'?: boolean
}

export interface ObjectOptionsThreadContext {
  'cpu-affinity'?: number[]
  'node-affinity'?: number[]
}

export interface ObjectOptionsThrottleGroup {
  limits?: ObjectOptionsThrottleGroupLimits
  /** Unstable: QEMU may change it in any release. */
  'x-iops-total'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-total-max'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-total-max-length'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-read'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-read-max'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-read-max-length'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-write'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-write-max'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-write-max-length'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-total'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-total-max'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-total-max-length'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-read'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-read-max'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-read-max-length'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-write'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-write-max'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-bps-write-max-length'?: number
  /** Unstable: QEMU may change it in any release. */
  'x-iops-size'?: number
}

export interface ObjectOptionsTlsCredsAnon {
  'verify-peer'?: boolean
  dir?: string
  endpoint?: ObjectOptionsTlsCredsAnonEndpoint
  priority?: string
  /** @deprecated QEMU is going to remove it. */
  loaded?: boolean
}

export interface ObjectOptionsTlsCredsPsk {
  'verify-peer'?: boolean
  dir?: string
  endpoint?: ObjectOptionsTlsCredsAnonEndpoint
  priority?: string
  /** @deprecated QEMU is going to remove it. */
  loaded?: boolean
  username?: string
}

export interface ObjectOptionsTlsCredsX509 {
  'verify-peer'?: boolean
  dir?: string
  endpoint?: ObjectOptionsTlsCredsAnonEndpoint
  priority?: string
  /** @deprecated QEMU is going to remove it. */
  loaded?: boolean
  'sanity-check'?: boolean
  passwordid?: string
}

export interface ObjectOptionsTlsCipherSuites {
  'verify-peer'?: boolean
  dir?: string
  endpoint?: ObjectOptionsTlsCredsAnonEndpoint
  priority?: string
}

export interface ObjectOptionsXRemoteObject {
  fd: string
  devid: string
}

export interface ObjectOptionsXVfioUserServer {
  socket: SocketAddress
  device: string
}

export type QmpCapabilitiesEnable =
  | 'oob'

export type QueryAcpiOspmStatusSlotType =
  | 'DIMM'
  | 'CPU'

export type QueryBlockIoStatus =
  | 'ok'
  | 'failed'
  | 'nospace'

export type JobStatus =
  | 'undefined'
  | 'created'
  | 'running'
  | 'paused'
  | 'ready'
  | 'standby'
  | 'waiting'
  | 'pending'
  | 'aborting'
  | 'concluded'
  | 'null'

export interface QueryBlockstatsStats {
  rd_bytes: number
  wr_bytes: number
  unmap_bytes: number
  rd_operations: number
  wr_operations: number
  flush_operations: number
  unmap_operations: number
  rd_total_time_ns: number
  wr_total_time_ns: number
  flush_total_time_ns: number
  unmap_total_time_ns: number
  wr_highest_offset: number
  rd_merged: number
  wr_merged: number
  unmap_merged: number
  idle_time_ns?: number
  failed_rd_operations: number
  failed_wr_operations: number
  failed_flush_operations: number
  failed_unmap_operations: number
  invalid_rd_operations: number
  invalid_wr_operations: number
  invalid_flush_operations: number
  invalid_unmap_operations: number
  account_invalid: boolean
  account_failed: boolean
  timed_stats: QueryBlockstatsStatsTimedStats[]
  rd_latency_histogram?: QueryBlockstatsStatsRdLatencyHistogram
  wr_latency_histogram?: QueryBlockstatsStatsRdLatencyHistogram
  flush_latency_histogram?: QueryBlockstatsStatsRdLatencyHistogram
}

export type QueryBlockstatsDriverSpecific = (
  | ({ driver: 'file' | 'host_device' } & QueryBlockstatsDriverSpecificFile)
  | ({ driver: 'nvme' } & QueryBlockstatsDriverSpecificNvme)
  | { driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'snapshot-access' | 'ftp' | 'ftps' | 'gluster' | 'host_cdrom' | 'http' | 'https' | 'iscsi' | 'luks' | 'nbd' | 'nfs' | 'null-aio' | 'null-co' | 'parallels' | 'preallocate' | 'qcow' | 'qcow2' | 'qed' | 'quorum' | 'raw' | 'rbd' | 'replication' | 'ssh' | 'throttle' | 'vdi' | 'vhdx' | 'vmdk' | 'vpc' | 'vvfat' }
)

export type ColoMode =
  | 'none'
  | 'primary'
  | 'secondary'

export type ColoExitReason =
  | 'none'
  | 'request'
  | 'error'
  | 'processing'

export interface QueryCommandLineOptionsParameters {
  name: string
  type: QueryCommandLineOptionsParametersType
  help?: string
  default?: string
}

export type QueryCpuModelExpansionType =
  | 'static'
  | 'full'

export interface QueryCpuModelExpansionModel {
  name: string
  props?: unknown
}

export interface QueryCpusFastProps {
  'node-id'?: number
  'socket-id'?: number
  'die-id'?: number
  'cluster-id'?: number
  'core-id'?: number
  'thread-id'?: number
}

export type QueryCpusFastTarget =
  | 'aarch64'
  | 'alpha'
  | 'arm'
  | 'avr'
  | 'cris'
  | 'hppa'
  | 'i386'
  | 'loongarch64'
  | 'm68k'
  | 'microblaze'
  | 'microblazeel'
  | 'mips'
  | 'mips64'
  | 'mips64el'
  | 'mipsel'
  | 'nios2'
  | 'or1k'
  | 'ppc'
  | 'ppc64'
  | 'riscv32'
  | 'riscv64'
  | 'rx'
  | 's390x'
  | 'sh4'
  | 'sh4eb'
  | 'sparc'
  | 'sparc64'
  | 'tricore'
  | 'x86_64'
  | 'xtensa'
  | 'xtensaeb'

export interface QueryCpusFastS390x {
  'cpu-state': QueryCpusFastS390xCpuState
}

export type QueryDirtyRateStatus =
  | 'unstarted'
  | 'measuring'
  | 'measured'

export interface QueryDirtyRateVcpuDirtyRate {
  id: number
  'dirty-rate': number
}

export type QueryDisplayOptionsType =
  | 'default'
  | 'none'
  | 'gtk'
  | 'sdl'
  | 'egl-headless'
  | 'curses'
  | 'spice-app'
  | 'dbus'

export type QueryDisplayOptionsGl =
  | 'off'
  | 'on'
  | 'core'
  | 'es'

export interface QueryDisplayOptionsGtk {
  'grab-on-hover'?: boolean
  'zoom-to-fit'?: boolean
  'show-tabs'?: boolean
  'show-menubar'?: boolean
}

export interface QueryDisplayOptionsCurses {
  charset?: string
}

export interface QueryDisplayOptionsEglHeadless {
  rendernode?: string
}

export interface QueryDisplayOptionsDbus {
  rendernode?: string
  addr?: string
  p2p?: boolean
  audiodev?: string
}

export interface QueryDisplayOptionsSdl {
  'grab-mod'?: QueryDisplayOptionsSdlGrabMod
}

export type QueryDumpStatus =
  | 'none'
  | 'active'
  | 'completed'
  | 'failed'

export interface QueryFdsetsFds {
  fd: number
  opaque?: string
}

export type JobType =
  | 'commit'
  | 'stream'
  | 'mirror'
  | 'backup'
  | 'create'
  | 'amend'
  | 'snapshot-load'
  | 'snapshot-save'
  | 'snapshot-delete'

export type HostMemPolicy =
  | 'default'
  | 'preferred'
  | 'bind'
  | 'interleave'

export type QueryMemoryDevicesType =
  | 'dimm'
  | 'nvdimm'
  | 'virtio-pmem'
  | 'virtio-mem'
  | 'sgx-epc'

export interface QueryMemoryDevicesDimm {
  data: QueryMemoryDevicesDimmData
}

export interface QueryMemoryDevicesVirtioPmem {
  data: QueryMemoryDevicesVirtioPmemData
}

export interface QueryMemoryDevicesVirtioMem {
  data: QueryMemoryDevicesVirtioMemData
}

export interface QueryMemoryDevicesSgxEpc {
  data: QueryMemoryDevicesSgxEpcData
}

export interface QueryMigrateRam {
  transferred: number
  remaining: number
  total: number
  duplicate: number
  skipped: number
  normal: number
  'normal-bytes': number
  'dirty-pages-rate': number
  mbps: number
  'dirty-sync-count': number
  'postcopy-requests': number
  'page-size': number
  'multifd-bytes': number
  'pages-per-second': number
  'precopy-bytes': number
  'downtime-bytes': number
  'postcopy-bytes': number
  'dirty-sync-missed-zero-copy': number
}

export interface QueryMigrateVfio {
  transferred: number
}

export interface QueryMigrateXbzrleCache {
  'cache-size': number
  bytes: number
  pages: number
  'cache-miss': number
  'cache-miss-rate': number
  'encoding-rate': number
  overflow: number
}

export interface QueryMigrateCompression {
  pages: number
  busy: number
  'busy-rate': number
  'compressed-size': number
  'compression-rate': number
}

export type SocketAddress = (
  | ({ type: 'inet' } & BlockdevOptionsSshServer)
  | ({ type: 'unix' } & SocketAddressUnix)
  | ({ type: 'vsock' } & SocketAddressVsock)
  | ({ type: 'fd' } & NetdevOptionsUserDnssearch)
)

/** QEMU marks as unstable: x-colo, x-ignore-shared. */
export type QueryMigrateCapabilitiesCapability =
  | 'xbzrle'
  | 'rdma-pin-all'
  | 'auto-converge'
  | 'zero-blocks'
  | 'compress'
  | 'events'
  | 'postcopy-ram'
  | 'x-colo'
  | 'release-ram'
  | 'block'
  | 'return-path'
  | 'pause-before-switchover'
  | 'multifd'
  | 'dirty-bitmaps'
  | 'postcopy-blocktime'
  | 'late-block-activate'
  | 'x-ignore-shared'
  | 'validate-uuid'
  | 'background-snapshot'
  | 'zero-copy-send'
  | 'postcopy-preempt'

export interface ImageInfo {
  filename: string
  format: string
  'dirty-flag'?: boolean
  'actual-size'?: number
  'virtual-size': number
  'cluster-size'?: number
  encrypted?: boolean
  compressed?: boolean
  'backing-filename'?: string
  'full-backing-filename'?: string
  'backing-filename-format'?: string
  snapshots?: BlockdevSnapshotDeleteInternalSyncReply[]
  'backing-image'?: ImageInfo
  'format-specific'?: ImageInfoFormatSpecific
}

export interface BlockDeviceInfoCache {
  writeback: boolean
  direct: boolean
  'no-flush': boolean
}

export interface BlockDeviceInfoDirtyBitmaps {
  name?: string
  count: number
  granularity: number
  recording: boolean
  busy: boolean
  persistent: boolean
  inconsistent?: boolean
}

export interface QueryPciDevices {
  bus: number
  slot: number
  function: number
  class_info: QueryPciDevicesClassInfo
  id: QueryPciDevicesId
  irq?: number
  irq_pin: number
  qdev_id: string
  pci_bridge?: QueryPciDevicesPciBridge
  regions: QueryPciDevicesRegions[]
}

export type QueryQmpSchemaMetaType =
  | 'builtin'
  | 'enum'
  | 'array'
  | 'object'
  | 'alternate'
  | 'command'
  | 'event'

export interface QueryQmpSchemaBuiltin {
  'json-type': QueryQmpSchemaBuiltinJsonType
}

export interface QueryQmpSchemaEnum {
  members: QueryQmpSchemaEnumMembers[]
  /** @deprecated QEMU is going to remove it. */
  values: string[]
}

export interface QueryQmpSchemaArray {
  'element-type': string
}

export interface QueryQmpSchemaObject {
  members: QueryQmpSchemaObjectMembers[]
  tag?: string
  variants?: QueryQmpSchemaObjectVariants[]
}

export interface QueryQmpSchemaAlternate {
  members: QueryQmpSchemaAlternateMembers[]
}

export interface QueryQmpSchemaCommand {
  'arg-type': string
  'ret-type': string
  'allow-oob'?: boolean
}

export interface QueryQmpSchemaEvent {
  'arg-type': string
}

export type QueryReplayMode =
  | 'none'
  | 'record'
  | 'play'

export interface QueryRockerOfDpaFlowsKey {
  priority: number
  'tbl-id': number
  'in-pport'?: number
  'tunnel-id'?: number
  'vlan-id'?: number
  'eth-type'?: number
  'eth-src'?: string
  'eth-dst'?: string
  'ip-proto'?: number
  'ip-tos'?: number
  'ip-dst'?: string
}

export interface QueryRockerOfDpaFlowsMask {
  'in-pport'?: number
  'tunnel-id'?: number
  'vlan-id'?: number
  'eth-src'?: string
  'eth-dst'?: string
  'ip-proto'?: number
  'ip-tos'?: number
}

export interface QueryRockerOfDpaFlowsAction {
  'goto-tbl'?: number
  'group-id'?: number
  'tunnel-lport'?: number
  'vlan-id'?: number
  'new-vlan-id'?: number
  'out-pport'?: number
}

export type QueryRockerPortsDuplex =
  | 'half'
  | 'full'

export type QueryRockerPortsAutoneg =
  | 'off'
  | 'on'

export type QueryRxFilterMulticast =
  | 'normal'
  | 'none'
  | 'all'

export type QuerySevState =
  | 'uninit'
  | 'launch-update'
  | 'launch-secret'
  | 'running'
  | 'send-update'
  | 'receive-update'

export interface QuerySgxSections {
  node: number
  size: number
}

export type QuerySpiceMouseMode =
  | 'client'
  | 'server'
  | 'unknown'

export interface QuerySpiceChannels {
  host: string
  port: string
  family: NetworkAddressFamily
  'connection-id': number
  'channel-type': number
  'channel-id': number
  tls: boolean
}

export type QueryStatsTarget =
  | 'vm'
  | 'vcpu'

export interface QueryStatsProviders {
  provider: QueryStatsProvider
  names?: string[]
}

export interface QueryStatsVcpu {
  vcpus?: string[]
}

export type QueryStatsProvider =
  | 'kvm'

export interface QueryStatsStats {
  name: string
  value: QueryStatsStatsValue
}

export interface QueryStatsSchemasStats {
  name: string
  type: QueryStatsSchemasStatsType
  unit?: QueryStatsSchemasStatsUnit
  base?: number
  exponent: number
  'bucket-size'?: number
}

export type RunState =
  | 'debug'
  | 'inmigrate'
  | 'internal-error'
  | 'io-error'
  | 'paused'
  | 'postmigrate'
  | 'prelaunch'
  | 'finish-migrate'
  | 'restore-vm'
  | 'running'
  | 'save-vm'
  | 'shutdown'
  | 'suspended'
  | 'watchdog'
  | 'guest-panicked'
  | 'colo'

export type QueryTpmOptions = (
  | ({ type: 'passthrough' } & QueryTpmOptionsPassthrough)
  | ({ type: 'emulator' } & QueryTpmOptionsEmulator)
)

export interface QueryVersionQemu {
  major: number
  minor: number
  micro: number
}

export type NetworkAddressFamily =
  | 'ipv4'
  | 'ipv6'
  | 'unix'
  | 'vsock'
  | 'unknown'

export interface QueryVncClients {
  host: string
  service: string
  family: NetworkAddressFamily
  websocket: boolean
  x509_dname?: string
  sasl_username?: string
}

export interface QueryVncServersServer {
  host: string
  service: string
  family: NetworkAddressFamily
  websocket: boolean
  auth: QueryVncServersAuth
  vencrypt?: QueryVncServersVencrypt
}

export type QueryVncServersAuth =
  | 'none'
  | 'vnc'
  | 'ra2'
  | 'ra2ne'
  | 'tight'
  | 'ultra'
  | 'tls'
  | 'vencrypt'
  | 'sasl'

export type QueryVncServersVencrypt =
  | 'plain'
  | 'tls-none'
  | 'x509-none'
  | 'tls-vnc'
  | 'x509-vnc'
  | 'tls-plain'
  | 'x509-plain'
  | 'tls-sasl'
  | 'x509-sasl'

export type QueryYankType =
  | 'block-node'
  | 'chardev'
  | 'migration'

export interface QueryYankBlockNode {
  'node-name': string
}

export interface QueryYankChardev {
  id: string
}

export type RingbufReadFormat =
  | 'utf8'
  | 'base64'

export type ScreendumpFormat =
  | 'ppm'
  | 'png'

export type SendKeyKeys = (
  | ({ type: 'number' } & SendKeyKeysNumber)
  | ({ type: 'qcode' } & SendKeyKeysQcode)
)

export type SetActionReboot =
  | 'reset'
  | 'shutdown'

export type SetActionShutdown =
  | 'poweroff'
  | 'pause'

export type SetActionPanic =
  | 'pause'
  | 'shutdown'
  | 'exit-failure'
  | 'none'

export type WatchdogAction =
  | 'reset'
  | 'shutdown'
  | 'poweroff'
  | 'pause'
  | 'debug'
  | 'none'
  | 'inject-nmi'

export type SetNumaNodeType =
  | 'node'
  | 'dist'
  | 'cpu'
  | 'hmat-lb'
  | 'hmat-cache'

export interface SetNumaNodeNode {
  nodeid?: number
  cpus?: number[]
  mem?: number
  memdev?: string
  initiator?: number
}

export interface SetNumaNodeDist {
  src: number
  dst: number
  val: number
}

export interface SetNumaNodeCpu {
  'node-id'?: number
  'socket-id'?: number
  'die-id'?: number
  'cluster-id'?: number
  'core-id'?: number
  'thread-id'?: number
}

export interface SetNumaNodeHmatLb {
  initiator: number
  target: number
  hierarchy: SetNumaNodeHmatLbHierarchy
  'data-type': SetNumaNodeHmatLbDataType
  latency?: number
  bandwidth?: number
}

export interface SetNumaNodeHmatCache {
  'node-id': number
  size: number
  level: number
  associativity: SetNumaNodeHmatCacheAssociativity
  policy: SetNumaNodeHmatCachePolicy
  line: number
}

export type SetPasswordConnected =
  | 'keep'
  | 'fail'
  | 'disconnect'

export interface SetPasswordVnc {
  display?: string
}

export type TraceEventGetStateState =
  | 'unavailable'
  | 'disabled'
  | 'enabled'

export type TransactionAction = (
  | ({ type: 'abort' } & TransactionActionAbort)
  | ({ type: 'block-dirty-bitmap-add' } & TransactionActionBlockDirtyBitmapAdd)
  | ({ type: 'block-dirty-bitmap-remove' | 'block-dirty-bitmap-clear' | 'block-dirty-bitmap-enable' | 'block-dirty-bitmap-disable' } & TransactionActionBlockDirtyBitmapRemove)
  | ({ type: 'block-dirty-bitmap-merge' } & TransactionActionBlockDirtyBitmapMerge)
  | ({ type: 'blockdev-backup' } & TransactionActionBlockdevBackup)
  | ({ type: 'blockdev-snapshot' } & TransactionActionBlockdevSnapshot)
  | ({ type: 'blockdev-snapshot-internal-sync' } & TransactionActionBlockdevSnapshotInternalSync)
  | ({ type: 'blockdev-snapshot-sync' } & TransactionActionBlockdevSnapshotSync)
  | ({ type: 'drive-backup' } & TransactionActionDriveBackup)
)

export interface TransactionProperties {
  'completion-mode'?: TransactionPropertiesCompletionMode
}

export type XBlockdevAmendOptions = (
  | ({ driver: 'luks' } & XBlockdevAmendOptionsLuks)
  | ({ driver: 'qcow2' } & XBlockdevAmendOptionsQcow2)
  | { driver: 'blkdebug' | 'blklogwrites' | 'blkreplay' | 'blkverify' | 'bochs' | 'cloop' | 'compress' | 'copy-before-write' | 'copy-on-read' | 'dmg' | 'file' | 'snapshot-access' | 'ftp' | 'ftps' | 'gluster' | 'host_cdrom' | 'host_device' | 'http' | 'https' | 'iscsi' | 'nbd' | 'nfs' | 'null-aio' | 'null-co' | 'nvme' | 'parallels' | 'preallocate' | 'qcow' | 'qed' | 'quorum' | 'raw' | 'rbd' | 'replication' | 'ssh' | 'throttle' | 'vdi' | 'vhdx' | 'vmdk' | 'vpc' | 'vvfat' }
)

export interface XDebugQueryBlockGraphNodes {
  id: number
  type: XDebugQueryBlockGraphNodesType
  name: string
}

export interface XDebugQueryBlockGraphEdges {
  parent: number
  child: number
  name: string
  perm: BlockdevOptionsBlkdebugTakeChildPerms[]
  'shared-perm': BlockdevOptionsBlkdebugTakeChildPerms[]
}

export interface XQueryVirtioQueueElementDescs {
  addr: number
  len: number
  flags: string[]
}

export interface XQueryVirtioQueueElementAvail {
  flags: number
  idx: number
  ring: number
}

export interface XQueryVirtioQueueElementUsed {
  flags: number
  idx: number
}

export interface XQueryVirtioStatusGuestFeatures {
  transports: string[]
  'dev-features'?: string[]
  'unknown-dev-features'?: number
}

export interface XQueryVirtioStatusStatus {
  statuses: string[]
  'unknown-statuses'?: number
}

export interface XQueryVirtioStatusVhostDev {
  'n-mem-sections': number
  'n-tmp-sections': number
  nvqs: number
  'vq-index': number
  features: XQueryVirtioStatusGuestFeatures
  'acked-features': XQueryVirtioStatusGuestFeatures
  'backend-features': XQueryVirtioStatusGuestFeatures
  'protocol-features': XQueryVirtioStatusVhostDevProtocolFeatures
  'max-queues': number
  'backend-cap': number
  'log-enabled': boolean
  'log-size': number
}

export type BlockExportAddFuseAllowOther =
  | 'off'
  | 'on'
  | 'auto'

export type BlockdevRef = BlockdevOptions | string

export interface BlockdevOptionsBlkdebugInjectError {
  event: BlockdevOptionsBlkdebugInjectErrorEvent
  state?: number
  iotype?: BlockdevOptionsBlkdebugInjectErrorIotype
  errno?: number
  sector?: number
  once?: boolean
  immediately?: boolean
}

export interface BlockdevOptionsBlkdebugSetState {
  event: BlockdevOptionsBlkdebugInjectErrorEvent
  state?: number
  new_state: number
}

export type BlockdevOptionsBlkdebugTakeChildPerms =
  | 'consistent-read'
  | 'write'
  | 'write-unchanged'
  | 'resize'

export type BlockdevOptionsCopyBeforeWriteOnCbwError =
  | 'break-guest-write'
  | 'break-snapshot'

export type BlockdevOptionsFileLocking =
  | 'auto'
  | 'on'
  | 'off'

export type BlockdevOptionsFileAio =
  | 'threads'
  | 'native'
  | 'io_uring'

export type BlockdevOptionsIscsiTransport =
  | 'tcp'
  | 'iser'

export type BlockdevOptionsIscsiHeaderDigest =
  | 'crc32c'
  | 'none'
  | 'crc32c-none'
  | 'none-crc32c'

export interface BlockdevOptionsNfsServer {
  type: BlockdevOptionsNfsServerType
  host: string
}

export type BlockdevRefOrNull = BlockdevOptions | string | null

export type BlockdevOptionsQcow2OverlapCheck = BlockdevOptionsQcow2OverlapCheckChoice | BlockdevOptionsQcow2OverlapCheckChoice2

export type BlockdevOptionsQcow2Encrypt = (
  | ({ format: 'aes' } & BlockdevOptionsQcow2EncryptAes)
  | ({ format: 'luks' } & BlockdevOptionsQcow2EncryptLuks)
)

export type BlockdevOptionsQcowEncrypt = (
  | ({ format: 'aes' } & BlockdevOptionsQcow2EncryptAes)
)

export type BlockdevOptionsQuorumReadPattern =
  | 'quorum'
  | 'fifo'

export type BlockdevOptionsRbdEncrypt = (
  | ({ format: 'luks' } & BlockdevOptionsRbdEncryptLuks)
  | ({ format: 'luks2' } & BlockdevOptionsRbdEncryptLuks2)
)

export type BlockdevOptionsRbdAuthClientRequired =
  | 'cephx'
  | 'none'

export interface BlockdevOptionsRbdServer {
  host: string
  port: string
}

export type BlockdevOptionsReplicationMode =
  | 'primary'
  | 'secondary'

export interface BlockdevOptionsSshServer {
  host: string
  port: string
  numeric?: boolean
  to?: number
  ipv4?: boolean
  ipv6?: boolean
  'keep-alive'?: boolean
  mptcp?: boolean
}

export type BlockdevOptionsSshHostKeyCheck = (
  | ({ mode: 'hash' } & BlockdevOptionsSshHostKeyCheckHash)
  | { mode: 'none' | 'known_hosts' }
)

export interface BlockdevCreateOptionsFile {
  filename: string
  size: number
  preallocation?: PreallocMode
  nocow?: boolean
  'extent-size-hint'?: number
}

export interface BlockdevCreateOptionsGluster {
  location: BlockdevOptionsGluster
  size: number
  preallocation?: PreallocMode
}

export interface BlockdevCreateOptionsLuks {
  'key-secret'?: string
  'cipher-alg'?: BlockdevCreateOptionsLuksCipherAlg
  'cipher-mode'?: BlockdevCreateOptionsLuksCipherMode
  'ivgen-alg'?: BlockdevCreateOptionsLuksIvgenAlg
  'ivgen-hash-alg'?: BlockdevCreateOptionsLuksIvgenHashAlg
  'hash-alg'?: BlockdevCreateOptionsLuksIvgenHashAlg
  'iter-time'?: number
  file: BlockdevRef
  size: number
  preallocation?: PreallocMode
}

export interface BlockdevCreateOptionsNfs {
  location: BlockdevOptionsNfs
  size: number
}

export interface BlockdevCreateOptionsParallels {
  file: BlockdevRef
  size: number
  'cluster-size'?: number
}

export interface BlockdevCreateOptionsQcow {
  file: BlockdevRef
  size: number
  'backing-file'?: string
  encrypt?: BlockdevCreateOptionsQcowEncrypt
}

export interface BlockdevCreateOptionsQcow2 {
  file: BlockdevRef
  'data-file'?: BlockdevRef
  'data-file-raw'?: boolean
  'extended-l2'?: boolean
  size: number
  version?: BlockdevCreateOptionsQcow2Version
  'backing-file'?: string
  'backing-fmt'?: BlockdevOptionsDriver
  encrypt?: BlockdevCreateOptionsQcowEncrypt
  'cluster-size'?: number
  preallocation?: PreallocMode
  'lazy-refcounts'?: boolean
  'refcount-bits'?: number
  'compression-type'?: BlockdevCreateOptionsQcow2CompressionType
}

export interface BlockdevCreateOptionsQed {
  file: BlockdevRef
  size: number
  'backing-file'?: string
  'backing-fmt'?: BlockdevOptionsDriver
  'cluster-size'?: number
  'table-size'?: number
}

export interface BlockdevCreateOptionsRbd {
  location: BlockdevOptionsRbd
  size: number
  'cluster-size'?: number
  encrypt?: BlockdevCreateOptionsRbdEncrypt
}

export interface BlockdevCreateOptionsSsh {
  location: BlockdevOptionsSsh
  size: number
}

export interface BlockdevCreateOptionsVdi {
  file: BlockdevRef
  size: number
  preallocation?: PreallocMode
}

export interface BlockdevCreateOptionsVhdx {
  file: BlockdevRef
  size: number
  'log-size'?: number
  'block-size'?: number
  subformat?: BlockdevCreateOptionsVhdxSubformat
  'block-state-zero'?: boolean
}

export interface BlockdevCreateOptionsVmdk {
  file: BlockdevRef
  size: number
  extents?: BlockdevRef[]
  subformat?: BlockdevCreateOptionsVmdkSubformat
  'backing-file'?: string
  'adapter-type'?: BlockdevCreateOptionsVmdkAdapterType
  hwversion?: string
  toolsversion?: string
  'zeroed-grain'?: boolean
}

export interface BlockdevCreateOptionsVpc {
  file: BlockdevRef
  size: number
  subformat?: BlockdevCreateOptionsVpcSubformat
  'force-size'?: boolean
}

export type ChardevAddBackendType =
  | 'file'
  | 'serial'
  | 'parallel'
  | 'pipe'
  | 'socket'
  | 'udp'
  | 'pty'
  | 'null'
  | 'mux'
  | 'msmouse'
  | 'wctablet'
  | 'braille'
  | 'testdev'
  | 'stdio'
  | 'console'
  | 'spicevmc'
  | 'spiceport'
  | 'qemu-vdagent'
  | 'dbus'
  | 'vc'
  | 'ringbuf'
  | 'memory'

export interface ChardevAddBackendFile {
  data: ChardevAddBackendFileData
}

export interface ChardevAddBackendSerial {
  data: ChardevAddBackendSerialData
}

export interface ChardevAddBackendSocket {
  data: ChardevAddBackendSocketData
}

export interface ChardevAddBackendUdp {
  data: ChardevAddBackendUdpData
}

export interface ChardevAddBackendPty {
  data: ChardevAddBackendPtyData
}

export interface ChardevAddBackendMux {
  data: ChardevAddBackendMuxData
}

export interface ChardevAddBackendStdio {
  data: ChardevAddBackendStdioData
}

export interface ChardevAddBackendSpicevmc {
  data: ChardevAddBackendSpicevmcData
}

export interface ChardevAddBackendSpiceport {
  data: ChardevAddBackendSpiceportData
}

export interface ChardevAddBackendQemuVdagent {
  data: ChardevAddBackendQemuVdagentData
}

export interface ChardevAddBackendDbus {
  data: ChardevAddBackendDbusData
}

export interface ChardevAddBackendVc {
  data: ChardevAddBackendVcData
}

export interface ChardevAddBackendRingbuf {
  data: ChardevAddBackendRingbufData
}

export type InputSendEventEventsType =
  | 'key'
  | 'btn'
  | 'rel'
  | 'abs'

export interface InputSendEventEventsKey {
  data: InputSendEventEventsKeyData
}

export interface InputSendEventEventsBtn {
  data: InputSendEventEventsBtnData
}

export interface InputSendEventEventsRel {
  data: InputSendEventEventsRelData
}

export interface MigrateSetParametersBlockBitmapMappingBitmaps {
  name: string
  alias: string
  transform?: MigrateSetParametersBlockBitmapMappingBitmapsTransform
}

export type SocketAddressLegacyType =
  | 'inet'
  | 'unix'
  | 'vsock'
  | 'fd'

export interface SocketAddressLegacyInet {
  data: BlockdevOptionsSshServer
}

export interface SocketAddressLegacyUnix {
  data: SocketAddressUnix
}

export interface SocketAddressLegacyVsock {
  data: SocketAddressVsock
}

export interface SocketAddressLegacyFd {
  data: NetdevOptionsUserDnssearch
}

export interface NetdevOptionsUserDnssearch {
  str: string
}

export type ObjectOptionsAuthzListPolicy =
  | 'deny'
  | 'allow'

export interface ObjectOptionsAuthzListRules {
  match: string
  policy: ObjectOptionsAuthzListPolicy
  format?: ObjectOptionsAuthzListRulesFormat
}

export type ObjectOptionsFilterBufferQueue =
  | 'all'
  | 'rx'
  | 'tx'

export type ObjectOptionsFilterBufferInsert =
  | 'before'
  | 'behind'

export type ObjectOptionsInputLinuxGrabToggle =
  | 'ctrl-ctrl'
  | 'alt-alt'
  | 'shift-shift'
  | 'meta-meta'
  | 'scrolllock'
  | 'ctrl-scrolllock'

export type ObjectOptionsSecretFormat =
  | 'raw'
  | 'base64'

export interface ObjectOptionsThrottleGroupLimits {
  'iops-total'?: number
  'iops-total-max'?: number
  'iops-total-max-length'?: number
  'iops-read'?: number
  'iops-read-max'?: number
  'iops-read-max-length'?: number
  'iops-write'?: number
  'iops-write-max'?: number
  'iops-write-max-length'?: number
  'bps-total'?: number
  'bps-total-max'?: number
  'bps-total-max-length'?: number
  'bps-read'?: number
  'bps-read-max'?: number
  'bps-read-max-length'?: number
  'bps-write'?: number
  'bps-write-max'?: number
  'bps-write-max-length'?: number
  'iops-size'?: number
}

export type ObjectOptionsTlsCredsAnonEndpoint =
  | 'client'
  | 'server'

export interface QueryBlockstatsStatsTimedStats {
  interval_length: number
  min_rd_latency_ns: number
  max_rd_latency_ns: number
  avg_rd_latency_ns: number
  min_wr_latency_ns: number
  max_wr_latency_ns: number
  avg_wr_latency_ns: number
  min_flush_latency_ns: number
  max_flush_latency_ns: number
  avg_flush_latency_ns: number
  avg_rd_queue_depth: number
  avg_wr_queue_depth: number
}

export interface QueryBlockstatsStatsRdLatencyHistogram {
  boundaries: number[]
  bins: number[]
}

export interface QueryBlockstatsDriverSpecificFile {
  'discard-nb-ok': number
  'discard-nb-failed': number
  'discard-bytes-ok': number
}

export interface QueryBlockstatsDriverSpecificNvme {
  'completion-errors': number
  'aligned-accesses': number
  'unaligned-accesses': number
}

export type QueryCommandLineOptionsParametersType =
  | 'string'
  | 'boolean'
  | 'number'
  | 'size'

export type QueryCpusFastS390xCpuState =
  | 'uninitialized'
  | 'stopped'
  | 'check-stop'
  | 'operating'
  | 'load'

export type QueryDisplayOptionsSdlGrabMod =
  | 'lctrl-lalt'
  | 'lshift-lctrl-lalt'
  | 'rctrl'

export interface QueryMemoryDevicesDimmData {
  id?: string
  addr: number
  size: number
  slot: number
  node: number
  memdev: string
  hotplugged: boolean
  hotpluggable: boolean
}

export interface QueryMemoryDevicesVirtioPmemData {
  id?: string
  memaddr: number
  size: number
  memdev: string
}

export interface QueryMemoryDevicesVirtioMemData {
  id?: string
  memaddr: number
  'requested-size': number
  size: number
  'max-size': number
  'block-size': number
  node: number
  memdev: string
}

export interface QueryMemoryDevicesSgxEpcData {
  id?: string
  memaddr: number
  size: number
  node: number
  memdev: string
}

export interface SocketAddressUnix {
  path: string
  abstract?: boolean
  tight?: boolean
}

export interface SocketAddressVsock {
  cid: string
  port: string
}

export type ImageInfoFormatSpecific = (
  | ({ type: 'qcow2' } & ImageInfoFormatSpecificQcow2)
  | ({ type: 'vmdk' } & ImageInfoFormatSpecificVmdk)
  | ({ type: 'luks' } & ImageInfoFormatSpecificLuks)
  | ({ type: 'rbd' } & ImageInfoFormatSpecificRbd)
)

export interface QueryPciDevicesClassInfo {
  desc?: string
  class: number
}

export interface QueryPciDevicesId {
  device: number
  vendor: number
  subsystem?: number
  'subsystem-vendor'?: number
}

export interface QueryPciDevicesPciBridge {
  bus: QueryPciDevicesPciBridgeBus
  devices?: QueryPciDevices[]
}

export interface QueryPciDevicesRegions {
  bar: number
  type: string
  address: number
  size: number
  prefetch?: boolean
  mem_type_64?: boolean
}

export type QueryQmpSchemaBuiltinJsonType =
  | 'string'
  | 'number'
  | 'int'
  | 'boolean'
  | 'null'
  | 'object'
  | 'array'
  | 'value'

export interface QueryQmpSchemaEnumMembers {
  name: string
  features?: string[]
}

export interface QueryQmpSchemaObjectMembers {
  name: string
  type: string
  default?: unknown
  features?: string[]
}

export interface QueryQmpSchemaObjectVariants {
  case: string
  type: string
}

export interface QueryQmpSchemaAlternateMembers {
  type: string
}

export type QueryStatsStatsValue = number | boolean | number[]

export type QueryStatsSchemasStatsType =
  | 'cumulative'
  | 'instant'
  | 'peak'
  | 'linear-histogram'
  | 'log2-histogram'

export type QueryStatsSchemasStatsUnit =
  | 'bytes'
  | 'seconds'
  | 'cycles'
  | 'boolean'

export interface QueryTpmOptionsPassthrough {
  data: QueryTpmOptionsPassthroughData
}

export interface QueryTpmOptionsEmulator {
  data: QueryTpmOptionsEmulatorData
}

export type SendKeyKeysType =
  | 'number'
  | 'qcode'

export interface SendKeyKeysNumber {
  data: number
}

export interface SendKeyKeysQcode {
  data: SendKeyKeysQcodeData
}

export type SetNumaNodeHmatLbHierarchy =
  | 'memory'
  | 'first-level'
  | 'second-level'
  | 'third-level'

export type SetNumaNodeHmatLbDataType =
  | 'access-latency'
  | 'read-latency'
  | 'write-latency'
  | 'access-bandwidth'
  | 'read-bandwidth'
  | 'write-bandwidth'

export type SetNumaNodeHmatCacheAssociativity =
  | 'none'
  | 'direct'
  | 'complex'

export type SetNumaNodeHmatCachePolicy =
  | 'none'
  | 'write-back'
  | 'write-through'

/** QEMU marks as deprecated: drive-backup. */
export type TransactionActionType =
  | 'abort'
  | 'block-dirty-bitmap-add'
  | 'block-dirty-bitmap-remove'
  | 'block-dirty-bitmap-clear'
  | 'block-dirty-bitmap-enable'
  | 'block-dirty-bitmap-disable'
  | 'block-dirty-bitmap-merge'
  | 'blockdev-backup'
  | 'blockdev-snapshot'
  | 'blockdev-snapshot-internal-sync'
  | 'blockdev-snapshot-sync'
  | 'drive-backup'

export interface TransactionActionAbort {
  data: Record<string, never>
}

export interface TransactionActionBlockDirtyBitmapAdd {
  data: BlockDirtyBitmapAddArguments
}

export interface TransactionActionBlockDirtyBitmapRemove {
  data: BlockDirtyBitmap
}

export interface TransactionActionBlockDirtyBitmapMerge {
  data: BlockDirtyBitmapMergeArguments
}

export interface TransactionActionBlockdevBackup {
  data: BlockdevBackupArguments
}

export interface TransactionActionBlockdevSnapshot {
  data: BlockdevSnapshotArguments
}

export interface TransactionActionBlockdevSnapshotInternalSync {
  data: BlockdevSnapshotInternalSyncArguments
}

export interface TransactionActionBlockdevSnapshotSync {
  data: BlockdevSnapshotSyncArguments
}

export interface TransactionActionDriveBackup {
  data: DriveBackupArguments
}

export type TransactionPropertiesCompletionMode =
  | 'individual'
  | 'grouped'

export interface XBlockdevAmendOptionsLuks {
  state: XBlockdevAmendOptionsLuksState
  'new-secret'?: string
  'old-secret'?: string
  keyslot?: number
  'iter-time'?: number
  secret?: string
}

export interface XBlockdevAmendOptionsQcow2 {
  encrypt?: XBlockdevAmendOptionsQcow2Encrypt
}

export type XDebugQueryBlockGraphNodesType =
  | 'block-backend'
  | 'block-job'
  | 'block-driver'

export interface XQueryVirtioStatusVhostDevProtocolFeatures {
  protocols: string[]
  'unknown-protocols'?: number
}

export type BlockdevOptionsBlkdebugInjectErrorEvent =
  | 'l1_update'
  | 'l1_grow_alloc_table'
  | 'l1_grow_write_table'
  | 'l1_grow_activate_table'
  | 'l2_load'
  | 'l2_update'
  | 'l2_update_compressed'
  | 'l2_alloc_cow_read'
  | 'l2_alloc_write'
  | 'read_aio'
  | 'read_backing_aio'
  | 'read_compressed'
  | 'write_aio'
  | 'write_compressed'
  | 'vmstate_load'
  | 'vmstate_save'
  | 'cow_read'
  | 'cow_write'
  | 'reftable_load'
  | 'reftable_grow'
  | 'reftable_update'
  | 'refblock_load'
  | 'refblock_update'
  | 'refblock_update_part'
  | 'refblock_alloc'
  | 'refblock_alloc_hookup'
  | 'refblock_alloc_write'
  | 'refblock_alloc_write_blocks'
  | 'refblock_alloc_write_table'
  | 'refblock_alloc_switch_table'
  | 'cluster_alloc'
  | 'cluster_alloc_bytes'
  | 'cluster_free'
  | 'flush_to_os'
  | 'flush_to_disk'
  | 'pwritev_rmw_head'
  | 'pwritev_rmw_after_head'
  | 'pwritev_rmw_tail'
  | 'pwritev_rmw_after_tail'
  | 'pwritev'
  | 'pwritev_zero'
  | 'pwritev_done'
  | 'empty_image_prepare'
  | 'l1_shrink_write_table'
  | 'l1_shrink_free_l2_clusters'
  | 'cor_write'
  | 'cluster_alloc_space'
  | 'none'

export type BlockdevOptionsBlkdebugInjectErrorIotype =
  | 'read'
  | 'write'
  | 'write-zeroes'
  | 'discard'
  | 'flush'
  | 'block-status'

export type BlockdevOptionsNfsServerType =
  | 'inet'

export interface BlockdevOptionsQcow2OverlapCheckChoice {
  template?: BlockdevOptionsQcow2OverlapCheckChoice2
  'main-header'?: boolean
  'active-l1'?: boolean
  'active-l2'?: boolean
  'refcount-table'?: boolean
  'refcount-block'?: boolean
  'snapshot-table'?: boolean
  'inactive-l1'?: boolean
  'inactive-l2'?: boolean
  'bitmap-directory'?: boolean
}

export type BlockdevOptionsQcow2OverlapCheckChoice2 =
  | 'none'
  | 'constant'
  | 'cached'
  | 'all'

export type BlockdevOptionsQcow2EncryptFormat =
  | 'aes'
  | 'luks'

export interface BlockdevOptionsQcow2EncryptAes {
  'key-secret'?: string
}

export interface BlockdevOptionsQcow2EncryptLuks {
  'key-secret'?: string
}

export type BlockdevOptionsQcowEncryptFormat =
  | 'aes'

export type BlockdevOptionsRbdEncryptFormat =
  | 'luks'
  | 'luks2'

export interface BlockdevOptionsRbdEncryptLuks {
  'key-secret': string
}

export interface BlockdevOptionsRbdEncryptLuks2 {
  'key-secret': string
}

export type BlockdevOptionsSshHostKeyCheckMode =
  | 'none'
  | 'hash'
  | 'known_hosts'

export interface BlockdevOptionsSshHostKeyCheckHash {
  type: BlockdevOptionsSshHostKeyCheckHashType
  hash: string
}

export type PreallocMode =
  | 'off'
  | 'metadata'
  | 'falloc'
  | 'full'

export type BlockdevCreateOptionsLuksCipherAlg =
  | 'aes-128'
  | 'aes-192'
  | 'aes-256'
  | 'des'
  | '3des'
  | 'cast5-128'
  | 'serpent-128'
  | 'serpent-192'
  | 'serpent-256'
  | 'twofish-128'
  | 'twofish-192'
  | 'twofish-256'

export type BlockdevCreateOptionsLuksCipherMode =
  | 'ecb'
  | 'cbc'
  | 'xts'
  | 'ctr'

export type BlockdevCreateOptionsLuksIvgenAlg =
  | 'plain'
  | 'plain64'
  | 'essiv'

export type BlockdevCreateOptionsLuksIvgenHashAlg =
  | 'md5'
  | 'sha1'
  | 'sha224'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'ripemd160'

export type BlockdevCreateOptionsQcowEncrypt = (
  | ({ format: 'qcow' } & BlockdevOptionsQcow2EncryptAes)
  | ({ format: 'luks' } & BlockdevCreateOptionsQcowEncryptLuks)
)

export type BlockdevCreateOptionsQcow2Version =
  | 'v2'
  | 'v3'

export type BlockdevCreateOptionsQcow2CompressionType =
  | 'zlib'
  | 'zstd'

export type BlockdevCreateOptionsRbdEncrypt = (
  | ({ format: 'luks' } & BlockdevCreateOptionsRbdEncryptLuks)
  | ({ format: 'luks2' } & BlockdevCreateOptionsRbdEncryptLuks2)
)

export type BlockdevCreateOptionsVhdxSubformat =
  | 'dynamic'
  | 'fixed'

export type BlockdevCreateOptionsVmdkSubformat =
  | 'monolithicSparse'
  | 'monolithicFlat'
  | 'twoGbMaxExtentSparse'
  | 'twoGbMaxExtentFlat'
  | 'streamOptimized'

export type BlockdevCreateOptionsVmdkAdapterType =
  | 'ide'
  | 'buslogic'
  | 'lsilogic'
  | 'legacyESX'

export type BlockdevCreateOptionsVpcSubformat =
  | 'dynamic'
  | 'fixed'

export interface ChardevAddBackendFileData {
  logfile?: string
  logappend?: boolean
  in?: string
  out: string
  append?: boolean
}

export interface ChardevAddBackendSerialData {
  logfile?: string
  logappend?: boolean
  device: string
}

export interface ChardevAddBackendSocketData {
  logfile?: string
  logappend?: boolean
  addr: SocketAddressLegacy
  'tls-creds'?: string
  'tls-authz'?: string
  server?: boolean
  wait?: boolean
  nodelay?: boolean
  telnet?: boolean
  tn3270?: boolean
  websocket?: boolean
  reconnect?: number
}

export interface ChardevAddBackendUdpData {
  logfile?: string
  logappend?: boolean
  remote: SocketAddressLegacy
  local?: SocketAddressLegacy
}

export interface ChardevAddBackendPtyData {
  logfile?: string
  logappend?: boolean
}

export interface ChardevAddBackendMuxData {
  logfile?: string
  logappend?: boolean
  chardev: string
}

export interface ChardevAddBackendStdioData {
  logfile?: string
  logappend?: boolean
  signal?: boolean
}

export interface ChardevAddBackendSpicevmcData {
  logfile?: string
  logappend?: boolean
  type: string
}

export interface ChardevAddBackendSpiceportData {
  logfile?: string
  logappend?: boolean
  fqdn: string
}

export interface ChardevAddBackendQemuVdagentData {
  logfile?: string
  logappend?: boolean
  mouse?: boolean
  clipboard?: boolean
}

export interface ChardevAddBackendDbusData {
  logfile?: string
  logappend?: boolean
  name: string
}

export interface ChardevAddBackendVcData {
  logfile?: string
  logappend?: boolean
  width?: number
  height?: number
  cols?: number
  rows?: number
}

export interface ChardevAddBackendRingbufData {
  logfile?: string
  logappend?: boolean
  size?: number
}

export interface InputSendEventEventsKeyData {
  key: SendKeyKeys
  down: boolean
}

export interface InputSendEventEventsBtnData {
  button: InputSendEventEventsBtnButton
  down: boolean
}

export interface InputSendEventEventsRelData {
  axis: InputSendEventEventsRelAxis
  value: number
}

export interface MigrateSetParametersBlockBitmapMappingBitmapsTransform {
  persistent?: boolean
}

export type ObjectOptionsAuthzListRulesFormat =
  | 'exact'
  | 'glob'

export type ImageInfoFormatSpecificType =
  | 'qcow2'
  | 'vmdk'
  | 'luks'
  | 'rbd'

export interface ImageInfoFormatSpecificQcow2 {
  data: ImageInfoFormatSpecificQcow2Data
}

export interface ImageInfoFormatSpecificVmdk {
  data: ImageInfoFormatSpecificVmdkData
}

export interface ImageInfoFormatSpecificLuks {
  data: ImageInfoFormatSpecificLuksData
}

export interface ImageInfoFormatSpecificRbd {
  data: ImageInfoFormatSpecificRbdData
}

export interface QueryPciDevicesPciBridgeBus {
  number: number
  secondary: number
  subordinate: number
  io_range: QueryPciDevicesPciBridgeBusIoRange
  memory_range: QueryPciDevicesPciBridgeBusIoRange
  prefetchable_range: QueryPciDevicesPciBridgeBusIoRange
}

export interface QueryTpmOptionsPassthroughData {
  path?: string
  'cancel-path'?: string
}

export interface QueryTpmOptionsEmulatorData {
  chardev: string
}

export type SendKeyKeysQcodeData =
  | 'unmapped'
  | 'shift'
  | 'shift_r'
  | 'alt'
  | 'alt_r'
  | 'ctrl'
  | 'ctrl_r'
  | 'menu'
  | 'esc'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
  | '0'
  | 'minus'
  | 'equal'
  | 'backspace'
  | 'tab'
  | 'q'
  | 'w'
  | 'e'
  | 'r'
  | 't'
  | 'y'
  | 'u'
  | 'i'
  | 'o'
  | 'p'
  | 'bracket_left'
  | 'bracket_right'
  | 'ret'
  | 'a'
  | 's'
  | 'd'
  | 'f'
  | 'g'
  | 'h'
  | 'j'
  | 'k'
  | 'l'
  | 'semicolon'
  | 'apostrophe'
  | 'grave_accent'
  | 'backslash'
  | 'z'
  | 'x'
  | 'c'
  | 'v'
  | 'b'
  | 'n'
  | 'm'
  | 'comma'
  | 'dot'
  | 'slash'
  | 'asterisk'
  | 'spc'
  | 'caps_lock'
  | 'f1'
  | 'f2'
  | 'f3'
  | 'f4'
  | 'f5'
  | 'f6'
  | 'f7'
  | 'f8'
  | 'f9'
  | 'f10'
  | 'num_lock'
  | 'scroll_lock'
  | 'kp_divide'
  | 'kp_multiply'
  | 'kp_subtract'
  | 'kp_add'
  | 'kp_enter'
  | 'kp_decimal'
  | 'sysrq'
  | 'kp_0'
  | 'kp_1'
  | 'kp_2'
  | 'kp_3'
  | 'kp_4'
  | 'kp_5'
  | 'kp_6'
  | 'kp_7'
  | 'kp_8'
  | 'kp_9'
  | 'less'
  | 'f11'
  | 'f12'
  | 'print'
  | 'home'
  | 'pgup'
  | 'pgdn'
  | 'end'
  | 'left'
  | 'up'
  | 'down'
  | 'right'
  | 'insert'
  | 'delete'
  | 'stop'
  | 'again'
  | 'props'
  | 'undo'
  | 'front'
  | 'copy'
  | 'open'
  | 'paste'
  | 'find'
  | 'cut'
  | 'lf'
  | 'help'
  | 'meta_l'
  | 'meta_r'
  | 'compose'
  | 'pause'
  | 'ro'
  | 'hiragana'
  | 'henkan'
  | 'yen'
  | 'muhenkan'
  | 'katakanahiragana'
  | 'kp_comma'
  | 'kp_equals'
  | 'power'
  | 'sleep'
  | 'wake'
  | 'audionext'
  | 'audioprev'
  | 'audiostop'
  | 'audioplay'
  | 'audiomute'
  | 'volumeup'
  | 'volumedown'
  | 'mediaselect'
  | 'mail'
  | 'calculator'
  | 'computer'
  | 'ac_home'
  | 'ac_back'
  | 'ac_forward'
  | 'ac_refresh'
  | 'ac_bookmarks'
  | 'lang1'
  | 'lang2'

export type XBlockdevAmendOptionsLuksState =
  | 'active'
  | 'inactive'

export type XBlockdevAmendOptionsQcow2Encrypt = (
  | ({ format: 'luks' } & XBlockdevAmendOptionsQcow2EncryptLuks)
  | { format: 'qcow' }
)

export type BlockdevOptionsSshHostKeyCheckHashType =
  | 'md5'
  | 'sha1'
  | 'sha256'

export type BlockdevCreateOptionsQcowEncryptFormat =
  | 'qcow'
  | 'luks'

export interface BlockdevCreateOptionsQcowEncryptLuks {
  'key-secret'?: string
  'cipher-alg'?: BlockdevCreateOptionsLuksCipherAlg
  'cipher-mode'?: BlockdevCreateOptionsLuksCipherMode
  'ivgen-alg'?: BlockdevCreateOptionsLuksIvgenAlg
  'ivgen-hash-alg'?: BlockdevCreateOptionsLuksIvgenHashAlg
  'hash-alg'?: BlockdevCreateOptionsLuksIvgenHashAlg
  'iter-time'?: number
}

export interface BlockdevCreateOptionsRbdEncryptLuks {
  'key-secret': string
  'cipher-alg'?: BlockdevCreateOptionsLuksCipherAlg
}

export interface BlockdevCreateOptionsRbdEncryptLuks2 {
  'key-secret': string
  'cipher-alg'?: BlockdevCreateOptionsLuksCipherAlg
}

export type InputSendEventEventsBtnButton =
  | 'left'
  | 'middle'
  | 'right'
  | 'wheel-up'
  | 'wheel-down'
  | 'side'
  | 'extra'
  | 'wheel-left'
  | 'wheel-right'

export type InputSendEventEventsRelAxis =
  | 'x'
  | 'y'

export interface ImageInfoFormatSpecificQcow2Data {
  compat: string
  'data-file'?: string
  'data-file-raw'?: boolean
  'extended-l2'?: boolean
  'lazy-refcounts'?: boolean
  corrupt?: boolean
  'refcount-bits': number
  encrypt?: ImageInfoFormatSpecificQcow2Encrypt
  bitmaps?: ImageInfoFormatSpecificQcow2Bitmaps[]
  'compression-type': BlockdevCreateOptionsQcow2CompressionType
}

export interface ImageInfoFormatSpecificVmdkData {
  'create-type': string
  cid: number
  'parent-cid': number
  extents: ImageInfo[]
}

export interface ImageInfoFormatSpecificLuksData {
  'cipher-alg': BlockdevCreateOptionsLuksCipherAlg
  'cipher-mode': BlockdevCreateOptionsLuksCipherMode
  'ivgen-alg': BlockdevCreateOptionsLuksIvgenAlg
  'ivgen-hash-alg'?: BlockdevCreateOptionsLuksIvgenHashAlg
  'hash-alg': BlockdevCreateOptionsLuksIvgenHashAlg
  'payload-offset': number
  'master-key-iters': number
  uuid: string
  slots: ImageInfoFormatSpecificLuksSlots[]
}

export interface ImageInfoFormatSpecificRbdData {
  'encryption-format'?: BlockdevOptionsRbdEncryptFormat
}

export interface QueryPciDevicesPciBridgeBusIoRange {
  base: number
  limit: number
}

export interface XBlockdevAmendOptionsQcow2EncryptLuks {
  state: XBlockdevAmendOptionsLuksState
  'new-secret'?: string
  'old-secret'?: string
  keyslot?: number
  'iter-time'?: number
  secret?: string
}

export type ImageInfoFormatSpecificQcow2Encrypt = (
  | ({ format: 'luks' } & ImageInfoFormatSpecificLuksData)
  | { format: 'aes' }
)

export interface ImageInfoFormatSpecificQcow2Bitmaps {
  name: string
  granularity: number
  flags: ImageInfoFormatSpecificQcow2BitmapsFlags[]
}

export interface ImageInfoFormatSpecificLuksSlots {
  active: boolean
  iters?: number
  stripes?: number
  'key-offset': number
}

export type ImageInfoFormatSpecificQcow2BitmapsFlags =
  | 'in-use'
  | 'auto'
