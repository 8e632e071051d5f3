process.env['REMPART_STATE'] = process.env['REMPART_TRACED_STATE'];
