using System.Net;
using System.Net.Sockets;
using Nave.Server.Tests.Http;
using Nave.Testing;

namespace Nave.Server.Tests.Hostile;

/// <summary>What the TLS ports speak. docs/security-tests.md has what sslscan and testssl say of them.</summary>
public sealed class TlsTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const ushort Ssl3 = 0x0300;
    private const ushort Tls10 = 0x0301;
    private const ushort Tls11 = 0x0302;
    private const ushort Tls12 = 0x0303;

    private const ushort EcdheEcdsaAes128Gcm = 0xC02B;
    private const ushort EcdheEcdsaAes256Gcm = 0xC02C;
    private const ushort EcdheEcdsaChaCha20 = 0xCCA9;
    private const ushort EcdheEcdsaAes128Cbc = 0xC009;
    private const ushort EcdheEcdsaAes256Cbc = 0xC00A;
    private const ushort EcdheEcdsaAes128CbcSha256 = 0xC023;
    private const ushort EcdheEcdsaAes128Ccm = 0xC0AC;
    private const ushort EcdheRsaAes128Cbc = 0xC013;
    private const ushort RsaAes128Cbc = 0x002F;
    private const ushort RsaAes128Gcm = 0x009C;
    private const ushort Rsa3Des = 0x000A;
    private const ushort RsaRc4 = 0x0005;
    private const ushort EcdheEcdsaNull = 0xC006;
    private const ushort EcdhAnonAes128Cbc = 0xC018;

    [Theory]
    [InlineData(Ssl3)]
    [InlineData(Tls10)]
    [InlineData(Tls11)]
    public async Task A_version_before_TLS_1_2_is_refused_on_every_port(int version)
    {
        foreach (var port in Ports)
        {
            Assert.NotEqual(ClientHello.HandshakeRecord, await AnswerAsync(port, ClientHello.Encode((ushort)version, EcdheEcdsaAes128Cbc, EcdheEcdsaAes128Gcm, RsaAes128Cbc)));
        }
    }

    [Theory]
    [InlineData(EcdheEcdsaAes128Cbc)]
    [InlineData(EcdheEcdsaAes256Cbc)]
    [InlineData(EcdheEcdsaAes128CbcSha256)]
    [InlineData(EcdheEcdsaAes128Ccm)]
    [InlineData(EcdheRsaAes128Cbc)]
    [InlineData(RsaAes128Cbc)]
    [InlineData(RsaAes128Gcm)]
    [InlineData(Rsa3Des)]
    [InlineData(RsaRc4)]
    [InlineData(EcdheEcdsaNull)]
    [InlineData(EcdhAnonAes128Cbc)]
    public async Task A_suite_without_forward_secrecy_or_AEAD_is_refused_on_every_port(int suite)
    {
        foreach (var port in Ports)
        {
            Assert.NotEqual(ClientHello.HandshakeRecord, await AnswerAsync(port, ClientHello.Encode(Tls12, (ushort)suite)));
        }
    }

    // Without it the tests above would also pass with a malformed ClientHello.
    [Theory]
    [InlineData(EcdheEcdsaAes128Gcm)]
    [InlineData(EcdheEcdsaAes256Gcm)]
    [InlineData(EcdheEcdsaChaCha20)]
    public async Task A_suite_with_forward_secrecy_and_AEAD_is_taken_on_every_port(int suite)
    {
        foreach (var port in Ports)
        {
            Assert.Equal(ClientHello.HandshakeRecord, await AnswerAsync(port, ClientHello.Encode(Tls12, EcdheEcdsaAes128Cbc, (ushort)suite)));
        }
    }

    [Fact]
    public async Task What_is_not_TLS_at_all_ends_the_connection()
    {
        foreach (var port in Ports)
        {
            Assert.NotEqual(ClientHello.HandshakeRecord, await AnswerAsync(port, "GET / HTTP/1.1\r\nHost: hub.localhost\r\n\r\n"u8.ToArray()));
            Assert.NotEqual(ClientHello.HandshakeRecord, await AnswerAsync(port, [0x16, 3, 1, 0xFF, 0xFF, 1, 0xFF, 0xFF, 0xFF]));
        }
    }

    private int[] Ports => [server.Server.Status.Ports.Https, server.Server.Status.Ports.Mqtt];

    // The type of the first record of the answer; an alert, too, if the server just closes.
    private static async Task<byte> AnswerAsync(int port, byte[] hello)
    {
        using var deadline = new CancellationTokenSource(TestDeadline.Default);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), deadline.Token);
        await socket.SendAsync(hello, deadline.Token);
        var answer = new byte[1];
        try
        {
            return await socket.ReceiveAsync(answer, deadline.Token) == 0 ? ClientHello.AlertRecord : answer[0];
        }
        catch (SocketException)
        {
            return ClientHello.AlertRecord;
        }
    }
}
