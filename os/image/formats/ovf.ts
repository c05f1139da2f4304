/** What an appliance is made of. */
export interface Appliance {
  readonly name: string;
  readonly version: string;
  readonly disk: {
    /** Its file's name in the archive. */
    readonly file: string;
    /** Bytes of that file. */
    readonly size: number;
    /** Bytes that the guest sees. */
    readonly capacity: number;
  };
}

const processors = 2;
const memoryMegabytes = 2048;

/**
 * An OVF 1.1 descriptor (DMTF DSP0243) with hardware that VirtualBox and VMware both know: LSI Logic SCSI, Intel
 * e1000. Firmware is not named, which means BIOS to both; VirtualBox has no OVF word for UEFI. Resource types of
 * graphics cards are left out, because VirtualBox refuses descriptors with types that it does not know.
 */
export function ovfDescriptor({ name, version, disk }: Appliance): string {
  const items = [
    item('2 processors', 1, 3, { allocationUnits: 'hertz * 10^6', virtualQuantity: processors }),
    item('2 GiB of memory', 2, 4, { allocationUnits: 'byte * 2^20', virtualQuantity: memoryMegabytes }),
    item('SCSI controller', 3, 6, { address: 0, resourceSubType: 'lsilogic' }),
    item('Disk', 4, 17, { addressOnParent: 0, hostResource: 'ovf:/disk/system', parent: 3 }),
    item('Ethernet adapter', 5, 10, {
      addressOnParent: 0,
      automaticAllocation: true,
      connection: 'NAT',
      resourceSubType: 'E1000',
    }),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope ovf:version="1.0" xml:lang="en-US"
  xmlns="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1"
  xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData"
  xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData"
  xmlns:vmw="http://www.vmware.com/schema/ovf">
  <References>
    <File ovf:id="disk-file" ovf:href="${escapeXml(disk.file)}" ovf:size="${disk.size}"/>
  </References>
  <DiskSection>
    <Info>Virtual disks</Info>
    <Disk ovf:diskId="system" ovf:fileRef="disk-file" ovf:capacity="${disk.capacity}" ovf:capacityAllocationUnits="byte" ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
  </DiskSection>
  <NetworkSection>
    <Info>Networks</Info>
    <Network ovf:name="NAT"><Description>A network with a DHCP server</Description></Network>
  </NetworkSection>
  <VirtualSystem ovf:id="${escapeXml(name)}">
    <Info>A virtual machine</Info>
    <Name>${escapeXml(name)}</Name>
    <OperatingSystemSection ovf:id="101" vmw:osType="otherLinux64Guest">
      <Info>The guest operating system</Info>
      <Description>Linux (64-bit)</Description>
    </OperatingSystemSection>
    <ProductSection>
      <Info>The product in this machine</Info>
      <Product>${escapeXml(name)}</Product>
      <Version>${escapeXml(version)}</Version>
    </ProductSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${escapeXml(name)}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>vmx-11</vssd:VirtualSystemType>
      </System>
${items.join('\n')}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`;
}

/** The manifest (DSP0243, section 5.1): a digest of each file beside it. */
export function ovfManifest(digests: Readonly<Record<string, string>>): string {
  return Object.entries(digests)
    .map(([file, sha256]) => `SHA256(${file})= ${sha256}\n`)
    .join('');
}

/** One item of CIM_ResourceAllocationSettingData. Its elements must come in the order of their names. */
function item(
  elementName: string,
  instanceId: number,
  resourceType: number,
  more: Readonly<Record<string, string | number | boolean>>,
): string {
  const all: Record<string, string | number | boolean> = {
    ElementName: elementName,
    InstanceID: instanceId,
    ResourceType: resourceType,
  };
  for (const [key, value] of Object.entries(more)) all[key.charAt(0).toUpperCase() + key.slice(1)] = value;
  const elements = Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `        <rasd:${key}>${escapeXml(String(value))}</rasd:${key}>`);
  return ['      <Item>', ...elements, '      </Item>'].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
