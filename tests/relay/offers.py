"""SDP offers as clients write them, good and bad."""

from aiortc import RTCConfiguration, RTCPeerConnection

VIDEO_SECTION = "m=video 9 UDP/TLS/RTP/SAVPF 97\r\na=recvonly\r\na=mid:1\r\na=rtpmap:97 VP8/90000\r\n"
DATA_SECTION = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\na=sctp-port:5000\r\n"


async def good_offer(direction: str = "recvonly") -> str:
    """A complete offer whose connection is closed again: an answer to it never connects."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio", direction=direction)
    await connection.setLocalDescription(await connection.createOffer())
    sdp = connection.localDescription.sdp
    await connection.close()
    return sdp


def audio_section(sdp: str) -> str:
    return sdp[sdp.index("m=audio") :]
