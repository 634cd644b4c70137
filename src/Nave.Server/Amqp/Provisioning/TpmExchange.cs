using System.Text;
using Nave.Hub.Provisioning;
using Nave.Hub.Security;
using Nave.Server.Amqp.Sasl;

namespace Nave.Server.Amqp.Provisioning;

/// <summary>
/// One exchange of the mechanism TPM: a challenge of one zero asks for the storage root key; the nonce that only the TPM can read follows in
/// numbered pieces; the answer to the last is a token that the TPM signed with it. Each message of the client begins with a zero.
/// </summary>
internal sealed class TpmExchange(IDeviceProvisioning provisioning, string idScope, string registrationId, byte[] endorsementKey) : ISaslExchange
{
    // A frame of SASL has at most 512 bytes (AMQP 1.0 part 5, 5.3.1), its own fields included.
    private const int PieceBytes = 400;
    private const byte Interim = 0x80;
    private const byte Final = 0xC0;

    private readonly Queue<byte[]> _pieces = new();
    private State _state;

    private enum State
    {
        Began,
        AwaitsStorageRootKey,
        SendsNonce,
        AwaitsToken,
    }

    /// <inheritdoc/>
    public async ValueTask<SaslStep> NextAsync(ReadOnlyMemory<byte> response, CancellationToken cancellationToken)
    {
        if (_state == State.Began)
        {
            _state = State.AwaitsStorageRootKey;
            return SaslStep.Ask([0]);
        }

        if (response.IsEmpty || response.Span[0] != 0)
        {
            return SaslStep.Refuse();
        }

        response = response[1..];
        switch (_state)
        {
            case State.AwaitsStorageRootKey:
                var evidence = new TpmEvidence(endorsementKey, response.ToArray());
                var challenge = await provisioning.ChallengeAsync(idScope, registrationId, evidence, cancellationToken);
                if (!challenge.IsSuccess)
                {
                    return SaslStep.Refuse();
                }

                Cut(challenge.Value.Blob.Span);
                return NextPiece();
            case State.SendsNonce:
                return NextPiece();
            default:
                var credential = new DeviceCredential(Encoding.UTF8.GetString(response.Span));
                var proved = await provisioning.AuthenticateAsync(idScope, registrationId, credential, cancellationToken);
                return proved.IsSuccess ? SaslStep.Accept(proved.Value) : SaslStep.Refuse();
        }
    }

    private SaslStep NextPiece()
    {
        var piece = _pieces.Dequeue();
        _state = _pieces.Count == 0 ? State.AwaitsToken : State.SendsNonce;
        return SaslStep.Ask(piece);
    }

    private void Cut(ReadOnlySpan<byte> blob)
    {
        var count = (blob.Length + PieceBytes - 1) / PieceBytes;
        for (var i = 0; i < count; i++)
        {
            var rest = blob[(i * PieceBytes)..];
            _pieces.Enqueue([(byte)((i == count - 1 ? Final : Interim) | i), .. rest[..Math.Min(PieceBytes, rest.Length)]]);
        }
    }
}
